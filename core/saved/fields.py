"""Take values of a foreign JSON object field by field, with one sentence for whatever is wrong."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Never

from core.errors import ResultError

SHOWN = 40


class Fields:
    """A JSON object whose fields are checked as they are taken.

    Args:
        values: The object.
        place: Where it stands, for messages: ``clip.json: frames 7``.

    Attributes:
        place: The same.

    Raises:
        ResultError: It is no object.
    """

    def __init__(self, values: Any, place: str) -> None:
        self.place = place
        if not isinstance(values, Mapping):
            self.refuse("should be an object", values)
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def get(self, name: str) -> Any:
        """Return whatever a field holds, None where there is none."""
        return self._values.get(name)

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number of a range; raises ``ResultError`` for anything else."""
        value = finite(self._values.get(name))
        if value is None or not low <= value <= high:
            self.refuse(f"should have {name}, a number {_range(low, high)}", self.get(name))
        return value

    def whole(self, name: str, high: int) -> int:
        """Return a whole number from 0; raises ``ResultError`` for anything else."""
        value = self.number(name, 0, high)
        if value != int(value):
            self.refuse(f"should have {name}, a whole number", value)
        return int(value)

    def flag(self, name: str) -> bool:
        """Return true or false; raises ``ResultError`` for anything else."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            self.refuse(f"should have {name}, true or false", value)
        return value

    def text(self, name: str, longest: int) -> str:
        """Return a text, printable throughout; raises ``ResultError`` for anything else."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > longest:
            self.refuse(f"should have {name}, a text of at most {longest} characters", value)
        return "".join(letter if letter.isprintable() else " " for letter in value)

    def items(self, name: str, longest: int) -> Sequence[Any]:
        """Return a list; raises ``ResultError`` for anything else."""
        value = self._values.get(name)
        if not isinstance(value, list) or len(value) > longest:
            self.refuse(f"should have {name}, a list of at most {longest}", value)
        return value

    def objects(self, name: str, longest: int) -> "list[Fields]":
        """Return a list of objects; raises ``ResultError`` for anything else."""
        return [
            Fields(value, f"{self.place}: {name} {place}")
            for place, value in enumerate(self.items(name, longest))
        ]

    def numbers(self, name: str, count: int, low: float, high: float) -> Sequence[float]:
        """Return a list of so many finite numbers; raises ``ResultError`` for anything else."""
        found = [finite(value) for value in self.items(name, count)]
        good = [value for value in found if value is not None and low <= value <= high]
        if len(good) != count:
            self.refuse(f"should have {name}, {count} numbers {_range(low, high)}", self.get(name))
        return good

    def of_classes(
        self, name: str, labels: Sequence[str], low: float, high: float
    ) -> Sequence[float]:
        """Return a number for each class; raises ``ResultError`` for anything else."""
        values = self._values.get(name)
        if not isinstance(values, Mapping) or len(values) != len(labels):
            self.refuse(f"should have {name}, a number for each of {len(labels)} classes", values)
        of_class = Fields(values, f"{self.place}: {name}")
        return [of_class.number(label, low, high) for label in labels]

    def refuse(self, wanted: str, got: Any) -> Never:
        """Raise ``ResultError``: what should be there, and what is."""
        raise ResultError(f"{self.place} {wanted}, got {shown(got)}; save the result again")


def finite(value: Any) -> float | None:
    """Return a finite number as such, None for anything else: truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shown(value: Any) -> str:
    """Say what a value is, however large it is."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value[:SHOWN])
    is_small = isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1e20)
    return repr(value) if is_small else f"a {type(value).__name__}"


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return "" if math.isinf(low) else f"from {low:g}"
    return f"from {low:g} to {high:g}"
