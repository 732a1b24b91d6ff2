"""The county's integration programme: the obstacles it names, the actions it prescribes, what a contract usually says.

The shape of these models is the shape of `config/territories/<name>/actions.toml`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tracks.errors import JalonError
from tracks.legal import Slug, Sourced, Strict
from tracks.vocabulary import Clause, Party


class Obstacle(Strict):
    """A code and its words; never a health detail (R22)."""

    slug: Slug
    title: Annotated[str, Field(min_length=3, max_length=80)]


class CatalogueAction(Strict):
    """An action that may be prescribed, and the obstacles that it is against; `due_days`: the usual time to do it."""

    slug: Slug
    title: Annotated[str, Field(min_length=3, max_length=160)]
    against: Annotated[tuple[Slug, ...], Field(min_length=1)]
    by: Annotated[str, Field(min_length=2)]
    kind: Literal["individual", "collective"] = "individual"
    due_days: Annotated[int, Field(ge=1, le=365)] = 30


class Usual(Strict):
    """A commitment that every contract of the county begins with; it may be taken out of a draft."""

    party: Party
    what: Annotated[str, Field(min_length=3, max_length=240)]
    clause: Clause | None = None

    @model_validator(mode="after")
    def _duty_of_the_person(self) -> Self:
        if self.clause and self.party is Party.SERVICE:
            raise ValueError("clause : un devoir du contrat est celui de la personne, pas du service")
        return self


class Activity(Strict):
    """A citizen or solidarity activity that may be offered, with the skills that it shows; never a duty (R13)."""

    slug: Slug
    title: Annotated[str, Field(min_length=3, max_length=120)]
    kind: Literal["citizen", "solidarity"]
    shows: Annotated[tuple[Annotated[str, Field(min_length=3, max_length=80)], ...], Field(min_length=1)]


class European(Strict):
    """An operation that the European Union co-funds: its contracts say so (ESF+, Regulation 2021/1060)."""

    operation: Annotated[str, Field(min_length=3, max_length=200)]
    tracks: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Programme(Sourced):
    obstacle: Annotated[tuple[Obstacle, ...], Field(min_length=1)]
    action: Annotated[tuple[CatalogueAction, ...], Field(min_length=1)]
    usual: tuple[Usual, ...] = ()
    reciprocity: tuple[Activity, ...] = ()
    european: tuple[European, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for what, slugs in (
            ("obstacle", [o.slug for o in self.obstacle]),
            ("action", [a.slug for a in self.action]),
            ("reciprocity", [a.slug for a in self.reciprocity]),
        ):
            if twice := next((slug for slug in slugs if slugs.count(slug) > 1), None):
                raise ValueError(f"{what} : « {twice} » est écrit deux fois")
        known = {obstacle.slug for obstacle in self.obstacle}
        for action in self.action:
            if strange := [slug for slug in action.against if slug not in known]:
                raise ValueError(f"action « {action.slug} » : le frein « {strange[0]} » n'est pas dans ce fichier")
        return self

    def obstacle_of(self, slug: str) -> Obstacle:
        """JalonError, with the codes there are, for another."""
        found = next((obstacle for obstacle in self.obstacle if obstacle.slug == slug), None)
        if found is None:
            known = ", ".join(obstacle.slug for obstacle in self.obstacle)
            raise JalonError(f"Frein « {slug} » inconnu. Attendu : {known}. Aucun détail de santé n'est gardé.")
        return found

    def action_of(self, slug: str) -> CatalogueAction:
        """JalonError, with the actions there are, for another."""
        found = next((action for action in self.action if action.slug == slug), None)
        if found is None:
            known = ", ".join(action.slug for action in self.action)
            raise JalonError(f"Action « {slug} » absente du programme (actions.toml). Attendu : {known}.")
        return found

    def titled(self, slug: str | None) -> str:
        """The words of an obstacle; its slug where the county has taken it out since."""
        return next((obstacle.title for obstacle in self.obstacle if obstacle.slug == slug), slug or "")

    def funded(self, track: str) -> str:
        """What a document of this track says of European money; empty where there is none."""
        return " ; ".join(funding.operation for funding in self.european if track in funding.tracks)
