"""Passwords as argon2id keeps them; checking one that nobody has takes as long as checking one."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
HASHER = PasswordHasher()  # argon2id, the library's parameters (RFC 9106)


def kept(password: str) -> str:
    return HASHER.hash(password)


@cache
def nobody() -> str:
    return HASHER.hash("personne n'a ce mot de passe")


def is_right(hashed: str | None, password: str) -> bool:
    """False where the account has no password; it takes the same time."""
    try:
        return HASHER.verify(hashed or nobody(), password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def mistake(password: str, again: str, *, name: str, email: str) -> str | None:
    """What is wrong with a chosen password, in French."""
    if len(password) < SHORTEST:
        return f"{SHORTEST} caractères au moins : une phrase que vous retenez convient très bien."
    if len(password) > LONGEST:
        return f"{LONGEST} caractères au plus."
    if password.casefold() in (email.casefold(), name.casefold()) or len(set(password)) < 5:
        return "Trop facile à deviner : choisissez une phrase à vous."
    if password != again:
        return "Les deux saisies diffèrent."
    return None
