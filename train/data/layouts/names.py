"""Which class a word means, and in which order the classes of a dataset stand."""

from collections.abc import Iterable

from core.errors import DataError
from core.labels import ELEVEN

# The words that the official lists and common folders use, in lower case.
SYNONYMS = {
    "happy": "happiness",
    "sad": "sadness",
    "angry": "anger",
    "surprised": "surprise",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "contemptuous": "contempt",
    "anxious": "anxiety",
    "helpless": "helplessness",
    "disappointed": "disappointment",
}


def class_name(word: str) -> str:
    """The name we use for a word; unknown words stand for themselves."""
    lower = word.strip().lower()
    return SYNONYMS.get(lower, lower)


def class_order(
    words: Iterable[str], given: tuple[str, ...] | None, source: str
) -> tuple[str, ...]:
    """Order of the classes of an open dataset, never left to chance.

    Args:
        words: All labels that occur.
        given: An order that the user asked for.
        source: For the message.

    Returns:
        The given order; else our eleven names in their order, as far as they occur.

    Raises:
        DataError: Labels outside the given order, or names that have no known order.
    """
    found = {class_name(word) for word in words}
    order = given or ELEVEN
    unknown = sorted(found - set(order))
    if unknown and given:
        raise DataError(f"{source} has the labels {', '.join(unknown)}, not among --classes")
    if unknown:
        raise DataError(
            f"{source} has labels without a known order ({', '.join(unknown)}); give all classes "
            "in order with --classes"
        )
    return given or tuple(name for name in ELEVEN if name in found)
