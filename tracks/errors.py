"""The errors of Jalon: each message says what is wrong, where, and what to do next, in French."""


class JalonError(Exception):
    """Anything that Jalon refuses; its text may be shown as it is and holds no personal data."""


class PolicyError(JalonError):
    """A policy file that cannot be used, or no version in force on a day."""
