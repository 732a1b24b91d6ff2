"""What opens something: drawn by the system, shown once, stored as its hash only."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # nothing that a hand copies wrong
LENGTH = 22  # of 57 letters: 128.3 bits


def new_token() -> str:
    """128 bits that a person may have to type from paper: the links of messages, feeds."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_secret() -> str:
    """256 bits that only machines carry: sessions, invitations, what signs."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """As it is stored. No salt: nobody looks 128 random bits up in a table."""
    return hashlib.sha256(token.encode()).hexdigest()
