"""Which class a word means, and in which order the classes of a dataset stand."""

from collections.abc import Iterable

from core.errors import DataError
from core.labels import ELEVEN
from train.data.problems import in_words

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
    lower = " ".join(word.lower().split())
    return SYNONYMS.get(lower, lower)


def class_order(
    words: Iterable[str], given: tuple[str, ...] | None, source: str
) -> tuple[str, ...]:
    """Order of the classes of an open dataset, never left to chance.

    Args:
        words: All labels that occur.
        given: An order that the user asked for, in any spelling.
        source: For the message.

    Returns:
        The given order; else our eleven names in their order, as far as they occur.

    Raises:
        DataError: Labels outside the given order, names that have no known order, or one twice.
    """
    found = {class_name(word) for word in words}
    order = distinct(map(class_name, given), "--classes") if given else ELEVEN
    unknown = in_words(sorted(found - set(order)))
    if unknown and given:
        raise DataError(f"{source} has the labels {unknown}, not among --classes")
    if unknown:
        raise DataError(
            f"{source} has labels without a known order ({unknown}); give all classes in order "
            "with --classes"
        )
    return order if given else tuple(name for name in ELEVEN if name in found)


def distinct(names: Iterable[str], source: str) -> tuple[str, ...]:
    """The class names as they are.

    Raises:
        DataError: One is empty or there twice: two classes of one name cannot be told apart.
    """
    kept = tuple(names)
    twice = sorted({name for name in kept if kept.count(name) > 1})
    if twice:
        raise DataError(f"{source} names {in_words(twice)} twice; name every class once")
    if "" in kept:
        raise DataError(f"{source} has a class without a name")
    return kept
