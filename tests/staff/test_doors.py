"""Who may open what: every route × every role, every cell decided; and nothing comes in by a bent id or token."""

import re
from collections.abc import Mapping
from random import Random

import httpx
import pytest
from sqlalchemy import Engine, func, select
from starlette.routing import Route

from desk.web import proofs
from desk.web.staff.app import routes
from desk.web.staff.doors import COOKIE, DOORS
from store import schema as s
from store.engine import reading
from tests.messages.rows import AT
from tests.staff.conftest import ROLES, SignIn, Staffed
from tracks.vocabulary import DeskRole as R

OPEN: frozenset[R] = frozenset()  # to whoever is not signed in
ALL, FILES, COORDINATION = frozenset(R), frozenset({R.REFERENT, R.COORDINATOR}), frozenset({R.COORDINATOR})
INSTRUCTORS = frozenset({R.COORDINATOR, R.REVIEWER, R.DECIDER})
REVIEWS = INSTRUCTORS | {R.REFERENT}
PERSON, REVIEW, SESSION = "/personnes/c{id:int}", "/revues/r{id:int}", "/seances/s{id:int}"

# The whole table. A route that is not here fails a test: somebody decides first for whom it is.
TABLE: Mapping[tuple[str, str], frozenset[R]] = {
    ("GET", "/pico.css"): OPEN,
    ("GET", "/bureau.css"): OPEN,
    ("GET", "/htmx.js"): OPEN,
    ("GET", "/favicon.ico"): OPEN,
    ("GET", "/accessibilite"): OPEN,
    ("GET", "/connexion"): OPEN,
    ("POST", "/connexion"): OPEN,
    ("GET", "/connexion/oidc"): OPEN,
    ("GET", "/connexion/retour"): OPEN,
    ("GET", "/compte/{token}"): OPEN,
    ("POST", "/compte/{token}"): OPEN,
    ("POST", "/deconnexion"): ALL,
    ("GET", "/"): ALL,
    ("POST", "/questions/{id:int}"): FILES,
    ("GET", "/personnes"): FILES,
    ("GET", PERSON): FILES,
    ("GET", f"{PERSON}/contrat"): FILES,
    ("GET", f"{PERSON}/pourquoi"): FILES,
    ("GET", f"{PERSON}/pause"): FILES,
    ("POST", f"{PERSON}/pause"): FILES,
    ("POST", f"{PERSON}/reprise"): FILES,
    ("GET", f"{PERSON}/coordonnees"): FILES,
    ("POST", f"{PERSON}/coordonnees"): FILES,
    ("POST", f"{PERSON}/coordonnees/d{{declaration:int}}"): FILES,
    ("POST", f"{PERSON}/rendez-vous/a{{appointment:int}}"): FILES,
    ("GET", f"{PERSON}/referent"): COORDINATION,
    ("POST", f"{PERSON}/referent"): COORDINATION,
    ("GET", "/revues"): REVIEWS,
    ("GET", REVIEW): REVIEWS,
    ("POST", f"{REVIEW}/confier"): frozenset({R.COORDINATOR, R.DECIDER}),
    ("POST", f"{REVIEW}/etape"): REVIEWS,
    ("POST", f"{REVIEW}/decision"): REVIEWS,
    ("GET", f"{REVIEW}/dossier"): REVIEWS,
    ("GET", f"{REVIEW}/dossier.pdf"): REVIEWS,
    ("GET", f"{REVIEW}/dossier.zip"): REVIEWS,
    ("GET", "/envois"): COORDINATION,
    ("POST", "/envois/h{id:int}/accord"): COORDINATION,
    ("POST", "/envois/h{id:int}/annuler"): COORDINATION,
    ("POST", "/envois/m{id:int}/renvoyer"): COORDINATION,
    ("POST", "/envois/m{id:int}/annuler"): COORDINATION,
    ("POST", "/envois/arret"): COORDINATION,
    ("POST", "/envois/reprise"): COORDINATION,
    ("GET", "/seances"): INSTRUCTORS,
    ("POST", "/seances"): INSTRUCTORS,
    ("GET", SESSION): INSTRUCTORS,
    ("POST", f"{SESSION}/membres"): INSTRUCTORS,
    ("POST", f"{SESSION}/presents"): INSTRUCTORS,
    ("GET", "/consultations"): frozenset({R.AUDITOR}),
    ("GET", "/parcours"): ALL,
    ("GET", "/parcours/{slug}"): ALL,
    ("POST", "/parcours/{slug}/essai"): COORDINATION,
    ("POST", "/parcours/{slug}/appliquer"): COORDINATION,
    ("GET", "/parcours/{slug}/l{id:int}"): COORDINATION,
}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """The same queries meet PostgreSQL in `test_pages`."""
    return sqlite_engine


def inventory() -> set[tuple[str, str]]:
    found = {
        (method, route.path)
        for route in routes()
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert len(found) == len(list(routes()))
    return found


def test_every_route_has_its_line_in_the_table_and_its_door() -> None:
    assert inventory() == set(TABLE)
    assert {key: door.roles for key, door in DOORS.items()} == TABLE


def filled(path: str, case: int, staff: Staffed) -> str:
    whose = {staff.theirs: "_of_theirs", staff.abroad: "_abroad"}.get(case, "")
    theirs = "_of_theirs" if whose == "_of_theirs" else ""
    ids = {
        "/questions/": getattr(staff, f"outcome{theirs}"),
        "/revues/": getattr(staff, f"review{whose}"),
        "/seances/": getattr(staff, f"session{whose}", staff.session),
    }
    id_ = next((id_ for start, id_ in ids.items() if path.startswith(start)), case)
    path = path.replace("{slug}", "objectif_emploi").replace("{id:int}", str(id_)).replace("{declaration:int}", "1")
    return path.replace("{appointment:int}", str(getattr(staff, f"past{theirs}"))).replace("{token}", "x")


GUARDED = sorted(key for key, roles in TABLE.items() if roles)


def ask(client: httpx.Client, token: str, method: str, path: str, number: int) -> httpx.Response:
    """As a browser of ours would, with a valid proof; each request from an address of its own."""
    headers = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
    if method == "GET":
        return client.get(path, headers=headers)
    return client.post(path, headers=headers, data={"preuve": proofs.proof(token, path, AT)})


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_own_pages_and_no_other(role: R, sit: SignIn, staff: Staffed) -> None:
    for number, (method, path) in enumerate(GUARDED):
        seat = sit(role)  # anew: one of the pages signs out
        answer = ask(seat.client, seat.token, method, filled(path, staff.mine, staff), number)
        if role in TABLE[method, path]:
            assert answer.status_code not in (401, 403, 500), (method, path, answer.status_code)
            assert answer.headers.get("location") != "/connexion" or path == "/deconnexion"
        else:
            assert answer.status_code == 403, (method, path, answer.status_code)
            assert "Visible" not in answer.text


def test_nobody_opens_anything(bureau: str, staff: Staffed) -> None:
    with httpx.Client(base_url=bureau, trust_env=False) as client:
        for number, (method, path) in enumerate(GUARDED):
            answer = ask(client, "", method, filled(path, staff.mine, staff), number)
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/connexion")
            assert "Visible" not in answer.text


@pytest.mark.parametrize("whose", ["theirs", "abroad"])
def test_another_caseload_and_another_county_are_not_there(
    engine: Engine, whose: str, sit: SignIn, staff: Staffed
) -> None:
    """By every route that bears a case: 404, no name, nothing written, no read noted."""
    case = getattr(staff, whose)
    roles = [R.REFERENT] if whose == "theirs" else sorted(REVIEWS)
    paths = [(method, path) for method, path in GUARDED if "{id:int}" in path]
    for role in roles:
        seat = sit(role)
        for number, (method, path) in enumerate(paths):
            if role not in TABLE[method, path] or (whose == "abroad" and path.startswith("/questions")):
                continue
            answer = ask(seat.client, seat.token, method, filled(path, case, staff), number)
            assert answer.status_code == 404, (method, path)
            assert not re.search("Cachet|Lointain", answer.text)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(s.reads)) == 0


def test_a_list_shows_one_s_own_people_alone(sit: SignIn, staff: Staffed) -> None:
    referent, coordinator = sit(R.REFERENT), sit(R.COORDINATOR)
    for page in ("/", "/personnes", "/personnes?q=cachet", "/personnes?q=lointain&clos=oui", "/personnes?q=c"):
        assert not re.search(r"Sacha|Lointain<", referent.get(page).text)
        assert "Lointain</a>" not in coordinator.get(page).text
    assert "Cachet Sacha" in coordinator.get("/personnes?q=cachet").text
    reviewer = sit(R.REVIEWER).get("/").text
    assert f"Revue r{staff.review}" in reviewer and "Visible" not in reviewer and "absences" not in reviewer
    for role in (R.AUDITOR, R.ADMINISTRATOR):
        assert not re.search("Visible|Cachet|Revue r", sit(role).get("/").text)


def test_of_500_bent_tokens_and_ids_none_is_accepted(engine: Engine, sit: SignIn, staff: Staffed, bureau: str) -> None:
    seat, random, accepted = sit(R.REFERENT), Random(20261123), 0
    before = journal_lines(engine)

    def bent(text: str) -> str:
        match random.randrange(4):
            case 0:
                at = random.randrange(len(text))
                return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
            case 1:
                return text[: random.randrange(len(text))]
            case 2:
                return text + random.choice("0aA=.-")
            case _:
                return "".join(random.sample(text, len(text))) + "z"

    action = f"/questions/{staff.call}"
    proof = proofs.proof(seat.token, action, AT)
    with httpx.Client(base_url=bureau, trust_env=False) as client:
        for number in range(500):
            where = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250}"}
            match number % 4:
                case 0:  # the session of the cookie
                    cookie = {"Cookie": f"{COOKIE}={bent(seat.token)}"}
                    answer = client.get("/", headers=where | cookie)
                    accepted += answer.status_code != 303 or "connexion" not in answer.headers["location"]
                case 1:  # the proof of a form
                    cookie = {"Cookie": f"{COOKIE}={seat.token}"}
                    answer = client.post(action, headers=where | cookie, data={"suite": "fait", "preuve": bent(proof)})
                    accepted += answer.status_code != 403
                case 2:  # the id of a file
                    cookie = {"Cookie": f"{COOKIE}={seat.token}"}
                    case = random.choice([staff.theirs, staff.abroad, staff.mine + random.randrange(3, 10**12), 2**70])
                    answer = client.get(f"/personnes/c{case}", headers=where | cookie)
                    accepted += answer.status_code != 404
                case _:  # the link of an account
                    answer = client.get(f"/compte/{bent(seat.token)}", headers=where)
                    accepted += answer.status_code != 404
    assert accepted == 0
    assert journal_lines(engine) == before


def journal_lines(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(s.journal)) or 0


def test_a_form_without_its_proof_or_from_another_site_changes_nothing(sit: SignIn, staff: Staffed) -> None:
    seat, action = sit(R.REFERENT), f"/questions/{staff.call}"
    other = proofs.proof(seat.token, f"/questions/{staff.outcome}", AT)
    for given in ({}, {"preuve": ""}, {"preuve": other}):
        assert seat.client.post(action, data={"suite": "fait"} | given).status_code == 403
    right = {"suite": "fait", "preuve": proofs.proof(seat.token, action, AT)}
    assert seat.client.post(action, data=right, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert seat.client.post(action, data=right).status_code == 303
