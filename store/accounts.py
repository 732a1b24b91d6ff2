"""The accounts of the desk: made by an administrator, opened by a link that serves once, shut at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store.acts import MACHINE, Act, record
from store.schema import accounts, invitations, referents, sign_ins
from store.tokens import hashed, new_secret
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole

a = accounts.c
INVITED_FOR = timedelta(days=7)
FIRST_FOR = timedelta(hours=24)
TRIES, LOCKED_FOR = 5, timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """`referent`: the id of whose caseload it follows; that role asks for one, no other takes one. JalonError."""

    email: str
    name: str
    role: DeskRole
    referent: int | None = None

    def __post_init__(self) -> None:
        if "@" not in self.email.strip().strip("@") or len(self.email) > 254:
            raise JalonError("L'adresse de courriel n'est pas complète. Exemple : prenom@exemple.org.")
        if not self.name.strip() or len(self.name) > 120 or self.name.strip().casefold().startswith(MACHINE):
            raise JalonError("Un compte porte un prénom et un nom : ils signent ses actes.")
        if (self.role is DeskRole.REFERENT) != (self.referent is not None):
            raise JalonError("Un compte de référent suit un portefeuille (--referent COURRIEL), et lui seul.")


def add(connection: Connection, act: Act, new: NewAccount) -> int:
    """The id of the account. JalonError: the address or the name is another account's."""
    email, name = new.email.strip().lower(), " ".join(new.name.split())
    taken = (a.territory == act.territory) & ((a.email == email) | (func.lower(a.name) == name.lower()))
    if connection.scalar(select(a.id).where(taken)) is not None:
        raise JalonError("Un compte a déjà cette adresse ou ce nom. Un nom ne signe que pour une personne.")
    row = {
        "territory": act.territory,
        "email": email,
        "name": name,
        "role": new.role.value,
        "referent_id": new.referent,
        "created_at": act.at,
        "created_by": act.by,
    }
    id_: int = connection.execute(insert(accounts).values(row).returning(a.id)).scalar_one()
    record(connection, act, kind="account_added", subject=f"u{id_} {new.role}")
    return id_


def listed(connection: Connection, *, territory: str) -> list[RowMapping]:
    """Every account, those in use first, with the name of its referent."""
    r = referents.c
    statement = (
        select(accounts, r.email.label("referent"))
        .outerjoin(referents, r.id == a.referent_id)
        .where(a.territory == territory)
        .order_by(a.disabled_at.is_not(None), a.name)
    )
    return list(connection.execute(statement).mappings())


def of_email(connection: Connection, *, territory: str, email: str) -> RowMapping | None:
    """The account of an address, locked until the end of a transaction that writes."""
    statement = select(accounts).where(a.territory == territory, a.email == email.strip().lower()).with_for_update()
    return connection.execute(statement).mappings().first()


def named(connection: Connection, act: Act, *, email: str) -> RowMapping:
    """The same. JalonError: nobody."""
    row = of_email(connection, territory=act.territory, email=email)
    if row is None:
        raise JalonError(f"Aucun compte à l'adresse « {email.strip()} ». La liste : jalon account list.")
    return row


def set_role(connection: Connection, act: Act, *, email: str, role: DeskRole, referent: int | None) -> None:
    """Another role, at the next page. JalonError: nobody, or the last administrator."""
    row = named(connection, act, email=email)
    NewAccount(email=row["email"], name=row["name"], role=role, referent=referent)
    if role is not DeskRole.ADMINISTRATOR:
        _refuse_last(connection, act, row)
    connection.execute(update(accounts).where(a.id == row["id"]).values(role=role.value, referent_id=referent))
    record(connection, act, kind="account_role", subject=f"u{row['id']} {row['role']}>{role}")


def disable(connection: Connection, act: Act, *, email: str) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out. JalonError: the last administrator."""
    row = named(connection, act, email=email)
    _refuse_last(connection, act, row)
    connection.execute(update(accounts).where(a.id == row["id"]).values(disabled_at=act.at))
    _sign_out_everywhere(connection, act, row["id"])
    connection.execute(
        update(invitations)
        .where(invitations.c.account_id == row["id"], invitations.c.used_at.is_(None))
        .values(used_at=act.at)
    )
    record(connection, act, kind="account_disabled", subject=f"u{row['id']}")


def _refuse_last(connection: Connection, act: Act, row: RowMapping) -> None:
    if row["role"] != DeskRole.ADMINISTRATOR or row["disabled_at"] is not None:
        return
    others = select(func.count()).select_from(accounts).where(_administrators(act.territory), a.id != row["id"])
    if not connection.scalar(others):
        raise JalonError("C'est le dernier compte d'administrateur : nommez-en un autre d'abord.")


def _administrators(territory: str) -> ColumnElement[bool]:
    return (a.territory == territory) & (a.role == DeskRole.ADMINISTRATOR) & a.disabled_at.is_(None)


def has_administrator(connection: Connection, *, territory: str) -> bool:
    return connection.scalar(select(a.id).where(_administrators(territory)).limit(1)) is not None


def invite(connection: Connection, act: Act, *, account: int | None) -> str:
    """A token that serves once, to choose a password; without an account, to make the first administrator's.

    The ones before it serve no more.
    """
    i, token = invitations.c, new_secret()
    before = i.account_id.is_(None) if account is None else i.account_id == account
    connection.execute(
        update(invitations).where(i.territory == act.territory, before, i.used_at.is_(None)).values(used_at=act.at)
    )
    connection.execute(
        insert(invitations).values(
            territory=act.territory,
            account_id=account,
            token_hash=hashed(token),
            made_at=act.at,
            until=act.at + (FIRST_FOR if account is None else INVITED_FOR),
        )
    )
    record(connection, act, kind="account_invited", subject="first" if account is None else f"u{account}")
    return token


def invited(connection: Connection, *, territory: str, token: str, at: datetime) -> RowMapping | None:
    """The invitation of this token, with its account's address and name, while it serves; None otherwise.

    That of a first administrator serves no more once there is one.
    """
    i = invitations.c
    statement = (
        select(invitations, a.email, a.name, a.disabled_at)
        .outerjoin(accounts, a.id == i.account_id)
        .where(i.territory == territory, i.token_hash == hashed(token), i.used_at.is_(None), i.until >= at)
        .with_for_update(of=invitations)
    )
    row = connection.execute(statement).mappings().first()
    if row is None or row["disabled_at"] is not None:
        return None
    return None if row["account_id"] is None and has_administrator(connection, territory=territory) else row


def accept(connection: Connection, act: Act, *, invitation: int, account: int, password_hash: str) -> None:
    """The password that the person has chosen; the link is spent, and whoever was signed in is out."""
    spent = update(invitations).where(invitations.c.id == invitation, invitations.c.used_at.is_(None))
    if not connection.execute(spent.values(used_at=act.at)).rowcount:
        raise JalonError("Ce lien a déjà servi. Demandez-en un autre à votre administrateur.")
    set_password(connection, act, account=account, password_hash=password_hash)


def set_password(connection: Connection, act: Act, *, account: int, password_hash: str) -> None:
    """Whoever was signed in with the former one is out."""
    news = {"password_hash": password_hash, "failures": 0, "locked_until": None}
    connection.execute(update(accounts).where(a.id == account, a.territory == act.territory).values(news))
    _sign_out_everywhere(connection, act, account)
    record(connection, act, kind="account_opened", subject=f"u{account}")


def _sign_out_everywhere(connection: Connection, act: Act, account: int) -> None:
    connection.execute(
        update(sign_ins).where(sign_ins.c.account_id == account, sign_ins.c.ended_at.is_(None)).values(ended_at=act.at)
    )


def failed(connection: Connection, *, account: RowMapping, at: datetime) -> None:
    """One try more; the fifth in a row locks the account for a quarter of an hour."""
    tries = account["failures"] + 1
    locked = {"failures": 0, "locked_until": at + LOCKED_FOR} if tries >= TRIES else {"failures": tries}
    connection.execute(update(accounts).where(a.id == account["id"]).values(locked))


def succeeded(connection: Connection, *, account: int) -> None:
    connection.execute(update(accounts).where(a.id == account).values(failures=0, locked_until=None))


def of_identity(connection: Connection, *, territory: str, issuer: str, subject: str, email: str | None) -> int | None:
    """The account of an identity vouched for elsewhere: the one tied to it, else that of its verified `email`, which
    is then tied to it for good. None: nobody that an administrator has let in."""
    known = (a.issuer == issuer) & (a.subject == subject)
    first = a.issuer.is_(None) & (a.email == (email or "").strip().lower())
    rows = connection.execute(
        select(a.id, a.issuer)
        .where(a.territory == territory, a.disabled_at.is_(None), or_(known, first))
        .order_by(a.issuer.is_(None))
    ).first()
    if rows is None:
        return None
    if rows.issuer is None:
        connection.execute(update(accounts).where(a.id == rows.id).values(issuer=issuer, subject=subject))
    return int(rows.id)
