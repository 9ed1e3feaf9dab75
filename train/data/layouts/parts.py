"""The parts of a dataset and the words that people write for them."""

PARTS = ("train", "validation", "test")

_WORDS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


def part_name(word: str) -> str | None:
    """The part that a word means, in any case; None if it means none."""
    return _WORDS.get(word.strip().lower())
