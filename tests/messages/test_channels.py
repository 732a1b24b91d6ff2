"""`JALON_CHANNELS`: what a county may write there, and what is refused with its reason."""

from datetime import time
from pathlib import Path

import pytest

from config.channels import Channels, load_channels
from config.reading import Mistakes
from config.settings import PROJECT
from tasks.channels import check_channels
from tracks.vocabulary import Channel, NoticeProof, Repeat


def loaded(tmp_path: Path, text: str) -> Channels:
    path = tmp_path / "channels.toml"
    path.write_text(text, encoding="utf-8")
    return load_channels(path)


def test_without_a_file_nothing_leaves_the_machine() -> None:
    channels = load_channels(None)
    assert channels.are_local
    assert [channels.of(channel).address for channel in Channel] == ["outbox://local"] * 4
    assert channels.staff.not_before == time(7)


def test_a_channel_left_out_stays_in_the_local_outbox(tmp_path: Path) -> None:
    channels = loaded(tmp_path, '[email]\nurl = "mailtos://jalon:secret@smtp.example.org?mode=ssl"\nper_second = 5')
    assert not channels.are_local
    assert channels.sms.is_local and channels.staff.is_local
    assert "secret" not in repr(channels)


def test_a_url_may_come_from_the_environment_or_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_SMS_URL", "vonage://cle:secret/DeptDoubs/{destinataire}")
    (tmp_path / "mail").write_text("mailto://relais.example.org\n")
    text = f'[sms]\nurl_env = "JALON_SMS_URL"\n[email]\nurl_file = "{tmp_path}/mail"\n[staff]\nper_second = 1'
    channels = loaded(tmp_path, text)
    assert channels.sms.address == "vonage://cle:secret/DeptDoubs/{destinataire}"
    assert channels.email.address == "mailto://relais.example.org"
    assert (channels.staff.not_before, channels.sms.not_before) == (time(7), time(9))


@pytest.mark.parametrize(
    ("delivered_when", "proof"),
    [("accepted", NoticeProof.DELIVERED), ("receipt", NoticeProof.NONE)],
)
def test_what_acceptance_proves_is_set_by_channel(tmp_path: Path, delivered_when: str, proof: NoticeProof) -> None:
    channels = loaded(tmp_path, f'[sms]\ndelivered_when = "{delivered_when}"')
    assert channels.sms.proof(Channel.SMS) is proof
    assert channels.letter.proof(Channel.LETTER) is NoticeProof.NONE


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("", Repeat.IDEMPOTENT),
        ('url = "jsons://sms.example.org/?:to={destinataire}"', Repeat.PARK),
        ('url = "jsons://sms.example.org/?:to={destinataire}"\nclass = "resend"', Repeat.RESEND),
    ],
)
def test_a_channel_repeats_nothing_unless_it_is_known_to_be_safe(tmp_path: Path, text: str, repeat: Repeat) -> None:
    assert loaded(tmp_path, f"[sms]\n{text}").sms.repeat is repeat


SMTP = "mailto://smtp.example.org"
REFUSED = [
    ('[sms]\nurl = "file:///etc/passwd"', "`sms`.url : « file:// » n'est pas admis ici. Attendu : clicksend,"),
    ('[email]\nurl = "http://169.254.169.254/{destinataire}"', "« http:// » n'est pas admis ici."),
    ('[email]\nurl = "json://example.org/?:to={destinataire}"', "« json:// » n'est pas admis ici."),
    ('[letter]\nurl = "mailto://example.org"', "« mailto:// » n'est pas admis ici. Attendu : outbox, print."),
    ('[sms]\nurl = "twilio://a:b@33639980000"', "{destinataire} doit y figurer une fois et une seule"),
    ('[sms]\nurl = "twilio://a:b@c/{destinataire}/{destinataire}"', "{destinataire} doit y figurer une fois"),
    (f'[email]\nurl = "{SMTP}/somebody@example.org"', "pas de destinataire dans l'adresse"),
    (f'[email]\nurl = "{SMTP}?to=somebody@example.org"', "le paramètre « to » n'est pas admis : retirez-le."),
    (f'[email]\nurl = "{SMTP}?cc=x@example.org"', "le paramètre « cc » n'est pas admis"),
    (f'[email]\nurl = "{SMTP}?attach=/etc/passwd"', "le paramètre « attach » n'est pas admis"),
    (f'[email]\nurl = "{SMTP}?retry=3"', "le paramètre « retry » n'est pas admis"),
    (f'[email]\nurl = "{SMTP}?+Bcc=x@example.org"', "n'est pas admis : retirez-le."),
    (f'[email]\nurl = "{SMTP}?from=x@example.org"', "« from » n'est pas admis : l'expéditeur est celui de territory"),
    (f'[email]\nurl = "{SMTP},mailto://other.example.org"', "une seule adresse est admise"),
    ('[email]\nurl_env = "JALON_NOT_SET"', "`email` : la variable d'environnement JALON_NOT_SET est vide ou absente."),
    ('[email]\nurl_file = "/nowhere/at/all"', "`email` : le fichier de url_file ne se lit pas."),
    (f'[email]\nurl = "{SMTP}"\nurl_env = "X"', "une seule de ces clés est admise : url, url_env, url_file"),
    ('[sms]\nnot_before = "19:00"\nnot_after = "09:00"', "not_before : doit précéder not_after"),
    ('[sms]\ndelivered_when = "accepted_and_no_bounce_after"', "no_bounce_after_days : va avec delivered_when"),
    ('[sms]\ndelivered_when = "maybe"', "`sms.delivered_when` : « maybe » n'est pas admis."),
    ('[sms]\nclass = "twice"', "`sms.class` : « twice » n'est pas admis."),
    (
        '[sms]\nurl = "jsons://sms.example.org/?:to={destinataire}"\nclass = "idempotent"',
        "`sms`.class : « idempotent » n'est pas admis ici",
    ),
    ("[sms]\nper_second = 0", "`sms.per_second` : 0 est hors des bornes."),
    ('[fax]\nurl = "x"', "`fax` : clé inconnue."),
    ('[sms]\nuri = "x"', "`sms.uri` : clé inconnue. Vouliez-vous dire `url` ?"),
]


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_a_dangerous_or_mistaken_channel_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(Mistakes) as refused:
        loaded(tmp_path, text)
    assert expected in str(refused.value)
    assert "somebody@" not in str(refused.value)


def test_the_example_for_counties_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_EMAIL_URL", "mailtos://jalon:secret@smtp.example.org?mode=starttls")
    monkeypatch.setenv("JALON_SMS_URL", "sfr://123456:secret@1234567/{destinataire}?from=DeptDoubs")
    monkeypatch.setenv("JALON_SMS_RECEIPTS", "un-secret-de-test-tire-au-hasard")
    channels = load_channels(PROJECT / "docs" / "channels.example.toml")
    assert (channels.sms.per_second, channels.letter.is_local, channels.staff.not_before) == (10, True, time(7))
    check_channels(channels, sender_email="accompagnement@doubs.example.org")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Mistakes) as refused:
        loaded(tmp_path, '[sms]\nurl = "file:///x"\n[email]\nurl = "ftp://x"\n[staff]\nurl_env = "JALON_NOT_SET"')
    assert len(refused.value.lines) == 3
