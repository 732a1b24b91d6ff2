"""Reads a TOML file into a strict model; says every mistake at once: file, key, found, expected."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tracks.errors import PolicyError

Model = TypeVar("Model", bound=BaseModel)


class Mistakes(PolicyError):  # noqa: N818 - it is a list of them
    """All that is wrong in a folder of files, one line each."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


def read_toml(path: Path, model: type[Model], *, under: Path | None = None, adding: str = "") -> Model:
    """The model read from `path`, over the file `under` it; its list `adding` follows that file's own. Mistakes: the
    file is missing, is not TOML, or does not fit the model."""
    found = read_tables(path)
    if under:
        below = read_tables(under)
        added = {adding: [*below.get(adding, []), *found.get(adding, [])]} if adding else {}
        found = merged(below, found) | added
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise Mistakes([_line(path, item, model) for item in _own(error.errors())]) from None


def read_tables(path: Path) -> dict[str, Any]:
    """The file as it is written. Mistakes: it is missing, or is not TOML in UTF-8."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Mistakes(
            [f"{name_of(path)} : fichier absent. Copiez celui d'un autre territoire, puis adaptez-le."]
        ) from None
    except UnicodeDecodeError:
        raise Mistakes([f"{name_of(path)} : le fichier n'est pas en UTF-8. Enregistrez-le en UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise Mistakes([f"{name_of(path)} : ce n'est pas du TOML lisible ({error})."]) from None


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Table in table, key by key; any other value of `over` replaces that of `under`."""
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        inside = isinstance(below, Mapping) and isinstance(value, Mapping)
        both[key] = merged(below, value) if inside else value  # type: ignore[arg-type]
    return both


def _own(errors: Sequence[Any]) -> list[Any]:
    """Without the lists found empty because what they hold is wrong: that is told where it is."""
    places = [error["loc"] for error in errors]

    def is_echo(error: Any) -> bool:
        inside = (place[: len(error["loc"])] for place in places if len(place) > len(error["loc"]))
        return error["type"] == "too_short" and error["loc"] in inside

    return [error for error in errors if not is_echo(error)]


def name_of(path: Path) -> str:
    """The path as the county knows it: from `config/` on when it lies there, else the last two parts."""
    parts = path.parts
    if "config" in parts:
        return "/".join(parts[parts.index("config") :])
    return "/".join(parts[-2:])


def _line(path: Path, error: Any, model: type[BaseModel]) -> str:
    where = _key(error["loc"])
    found = error.get("input")
    head = f"{name_of(path)}, `{where}`" if where else name_of(path)
    match error["type"]:
        case "extra_forbidden":
            guess = _nearest(str(error["loc"][-1]), error["loc"][:-1], model)
            return f"{head} : clé inconnue." + (f" Vouliez-vous dire `{guess}` ?" if guess else " Supprimez-la.")
        case "missing":
            return f"{head} : clé absente. Ajoutez-la."
        case "enum" | "literal_error":
            expected = error["ctx"].get("expected", "")
            return f"{head} : « {found} » n'est pas admis. Attendu : {expected.replace(' or ', ' ou ')}."
        case "value_error" if "error" in error["ctx"]:
            return f"{head} : {error['ctx']['error']}."
        case "value_error":
            return f"{head} : « {found} » n'est pas une adresse électronique."
        case "string_pattern_mismatch":
            expected = _expected(error["loc"], model)
            if expected is None:
                return f"{head} : « {found} » n'est pas un identifiant (minuscules, chiffres, _)."
            return f"{head} : « {found} » ne convient pas. Attendu : {expected}."
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            bound = {"ge": "au moins", "le": "au plus", "gt": "plus de", "lt": "moins de"}
            limits = ", ".join(f"{bound[k]} {v}" for k, v in error["ctx"].items() if k in bound)
            return f"{head} : {found} est hors des bornes. Attendu : {limits}."
        case kind if kind.startswith(("date", "time")):
            return f'{head} : « {found} » n\'est pas une date ou une heure. Attendu : 2026-01-31 ou "09:00".'
        case kind if kind.startswith(("int", "float")):
            return f"{head} : « {found} » n'est pas un nombre."
        case kind if kind.startswith("bool"):
            return f"{head} : « {found} » n'est ni vrai ni faux. Attendu : true ou false."
        case kind if kind.startswith(("tuple", "list")):
            return f"{head} : une liste est attendue."
        case _:
            return f"{head} : « {found} » ne convient pas ({error['msg']})."


def _key(location: tuple[int | str, ...]) -> str:
    """« version[0].reminders.days_befor »."""
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key


def _nearest(word: str, path: tuple[int | str, ...], model: type[BaseModel]) -> str | None:
    """The known key most like `word` in the model that `path` leads to."""
    here = _model_at(path, model)
    return next(iter(difflib.get_close_matches(word, list(here.model_fields) if here else [], n=1)), None)


def _expected(path: tuple[int | str, ...], model: type[BaseModel]) -> str | None:
    """What the field at the end of `path` says of itself."""
    here = _model_at(path[:-1], model)
    field = here.model_fields.get(str(path[-1])) if here else None
    return field.description if field else None


def _model_at(path: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and here:
            field = here.model_fields.get(part)
            here = _model_in(field.annotation) if field else None
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `tuple[Model, ...]`, `Model | None` or `Annotated[…]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None
