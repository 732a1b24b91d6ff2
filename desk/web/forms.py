"""What a person typed: read strictly, and each mistake said beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from store.answers import NOTE
from tasks import intake_values as values
from tasks.wording import cleaned

MOST_FIELDS = 24
PLAIN = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one request. `mistakes`: field → what is wrong, in French, filled as the fields are read."""

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, most: int) -> str:
        said = values.clean(" ".join(self.given.get(name, ())))
        if len(said) > most:
            self.mistakes[name] = f"{len(said)} caractères : {most} au plus."
        return said

    def choice(self, name: str, among: Mapping[str, Any], *, missing: str) -> str:
        """One of `among`; « » and a mistake otherwise."""
        (said, *more) = self.given.get(name, ("",))
        if said in among and not more:
            return said
        self.mistakes[name] = missing
        return ""

    def several(self, name: str, among: Mapping[str, Any]) -> tuple[str, ...]:
        """Those of `among` that were ticked, in their order; the rest is no word of ours."""
        said = set(self.given.get(name, ()))
        return tuple(word for word in among if word in said)

    def note(self) -> str | None:
        """A few words to the referent, on one line."""
        return cleaned(self.text("note", NOTE), NOTE) or None


async def read_form(request: Request) -> Form:
    """HTTPException: 415 for anything but a plain form, 403 for one that another site sent, 400 for a broken one."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN:
        raise HTTPException(415)
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as read:
        if len(read.multi_items()) > MOST_FIELDS:
            raise HTTPException(400)
        found: dict[str, tuple[str, ...]] = {}
        for name, value in read.multi_items():
            if isinstance(value, str):
                found[name] = (*found.get(name, ()), value)
    return Form(found)


def new_contact(form: Form, departement: str) -> dict[str, Any]:
    """The columns of persons that the person fills anew, checked as the import checks them; blanks change nothing."""
    found: dict[str, Any] = {}
    if typed := form.text("telephone", 40):
        try:
            phones = values.phones(typed, departement)
        except values.BadCellError:
            phones = values.Phones()
        if not (phones.mobile or phones.landline):
            form.mistakes["telephone"] = "Ce numéro ne peut pas être appelé. Exemple : 06 39 98 00 00."
        found |= {"mobile": phones.mobile} if phones.mobile else {"landline": phones.landline}
    if typed := form.text("email", 254):
        try:
            mail = values.email(typed)
            found |= {"email": mail.address, "email_to_check": mail.to_check}
        except values.BadCellError:
            form.mistakes["email"] = "Cette adresse n’est pas complète. Exemple : prenom@exemple.org."
    street, city = form.text("adresse", 250), form.text("ville", 120)
    if street and city:
        found |= {"address": street, "postcode_city": city}
    elif street or city:
        missing = "ville" if street else "adresse"
        form.mistakes[missing] = "Il manque le code postal et la ville." if street else "Il manque le numéro et la rue."
    if not found and not form.mistakes:
        form.mistakes["telephone"] = "Écrivez au moins ce qui a changé."
    return found
