"""Pydantic's findings in the words of the policy."""

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from kithkin.policy.documents import Entry
from kithkin.policy.mistakes import Mistake, choose_from


def mistake_of(entry: Entry, model: type[BaseModel], detail: ErrorDetails) -> Mistake:
    """Say what pydantic found wrong with an entry read as this model."""
    key = ".".join(str(part) for part in detail["loc"])
    value = detail["input"]
    match detail["type"]:
        case "missing":
            return entry.mistake(key, None, "missing; give it a value")
        case "extra_forbidden":
            keys = _keys_at(model, detail["loc"][:-1])
            return entry.mistake(key, value, f"unknown key; {choose_from(_last(detail), keys)}")
        case "literal_error":
            allowed = _quoted(detail["ctx"]["expected"])
            return entry.mistake(key, value, f"not allowed; {choose_from(value, allowed)}")
        case "value_error":
            return entry.mistake(key, value, str(detail["ctx"]["error"]))
        case _:
            message = detail["msg"].removeprefix("Input ").replace("a valid tuple", "a list")
            return entry.mistake(key, value, message)


def _last(detail: ErrorDetails) -> str:
    return str(detail["loc"][-1])


def _quoted(expected: str) -> list[str]:
    """Take the names out of pydantic's "'a', 'b' or 'c'"."""
    return expected.split("'")[1::2]


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> set[str]:
    """List the keys that the table at this path of a model knows."""
    for step in path:
        if str(step) in model.model_fields:  # else it is the name of a table that others name
            model = _models_in(model.model_fields[str(step)].annotation)[0]
    return set(model.model_fields) - {"code", "name"}


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
