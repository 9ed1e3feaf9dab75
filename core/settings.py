"""Read plain dictionaries into typed settings, and report every mistake at once."""

from typing import Any, TypeVar

from pydantic import ConfigDict, RootModel, TypeAdapter, ValidationError

from core.errors import ConfigError

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

Settings = TypeVar("Settings")


def parse_settings(kind: type[Settings], data: object, *, source: str) -> Settings:
    """Build a settings dataclass from JSON-like data.

    Args:
        kind: A pydantic dataclass declared with ``config=STRICT``.
        data: Nested dictionaries, lists, strings, numbers and booleans.
        source: Where the data came from, for the message.

    Raises:
        ConfigError: Unknown keys, wrong types or values out of range; all are named.
    """
    try:
        # JSON mode is what lets a list stand for a tuple while "1" still is no number.
        return TypeAdapter(kind).validate_json(RootModel[Any](data).model_dump_json())
    except ValidationError as error:
        raise ConfigError(f"{source}: {describe(error)}") from error
    # Half a surrogate pair, or thousands of lists in lists: JSON can say it, settings cannot.
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{source} holds what no setting can be ({error!s:.100})") from error


def dump_settings(settings: object) -> dict[str, Any]:
    """Return the settings as JSON-like dictionaries; the inverse of ``parse_settings``."""
    dumped: dict[str, Any] = TypeAdapter(type(settings)).dump_python(settings, mode="json")
    return dumped


def describe(error: ValidationError) -> str:
    """Put a validation error into one sentence that names each offending key."""
    parts = []
    for item in error.errors():
        place = ".".join(str(step) for step in item["loc"]) or "settings"
        if item["type"] == "unexpected_keyword_argument":
            parts.append(f"unknown setting {place!r}")
        elif item["type"] == "missing":
            parts.append(f"setting {place!r} is missing")
        else:
            reason = item["msg"].removeprefix("Value error, ")
            parts.append(f"{place}: {reason}, got {item['input']!r:.80}")
    return "; ".join(parts)
