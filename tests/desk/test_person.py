"""`jalon person`: a channel that a person refuses, on both databases, and back."""

from sqlalchemy import Engine, select

from store import schema as s
from store.engine import reading
from tests.county import County
from tests.desk.conftest import Jalon


def refused(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return connection.scalar(select(s.persons.c.refused_channels))


def test_a_channel_is_refused_then_accepted(jalon: Jalon, at_the_county: County, engine: Engine) -> None:
    case = f"c{at_the_county.case}"
    said = jalon("person", "refuse-channel", case, "sms", "--by", "Öykü Demir")
    assert (said.exit_code, refused(engine)) == (0, "sms"), said.output
    assert "Déjà noté" in jalon("person", "refuse-channel", case, "sms", "--by", "Öykü Demir").output
    assert jalon("person", "accept-channel", case, "sms", "--by", "Öykü Demir").exit_code == 0
    assert refused(engine) == ""
    assert "0 déclaration" in jalon("person", "contacts", case).output
    assert jalon("person", "restore-contact", "d1", "--by", "Öykü Demir").exit_code == 1
