"""What people reach with a browser: the pages behind the links of messages; the desk grows in the same application."""
