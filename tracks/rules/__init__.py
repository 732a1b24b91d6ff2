"""The rules of the night, one function a rule; its docstring is the rule's sentence in French."""
