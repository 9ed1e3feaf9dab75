"""What each expression looks like, in words: for texts that classes are told apart by.

The facial actions are our own wording of the Facial Action Coding System's prototypes; the action
unit numbers stand beside them for readers who know the system. The last four classes have no
agreed prototype: theirs are what people commonly describe.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from core.errors import ConfigError

Descriptions = Mapping[str, tuple[str, ...]]

# What may stand around a class's name.
TEMPLATES = (
    "a face showing {}",
    "a photo of a face with an expression of {}",
    "a person whose face expresses {}",
)

ACTIONS: dict[str, tuple[str, ...]] = {
    "happiness": (
        "lip corners pulled up",  # AU 12
        "cheeks raised and eyes narrowed",  # AU 6
        "a wide smile that shows the teeth",  # AU 12 + 25
        "small wrinkles beside the eyes",  # AU 6
    ),
    "sadness": (
        "inner brows raised and drawn together",  # AU 1 + 4
        "lip corners pulled down",  # AU 15
        "the chin pushed up and the lower lip trembling",  # AU 17
        "upper eyelids drooping over a lowered gaze",  # AU 43 + 64
    ),
    "neutral": (
        "brows at rest",
        "lips closed without tension",
        "a smooth forehead and relaxed cheeks",
        "no muscle of the face drawn together",
    ),
    "anger": (
        "brows lowered and drawn together",  # AU 4
        "a hard stare with tightened eyelids",  # AU 5 + 7
        "lips pressed firmly together",  # AU 23 + 24
        "teeth bared in an open square mouth",  # AU 10 + 25
    ),
    "surprise": (
        "both brows raised high",  # AU 1 + 2
        "eyes opened wide",  # AU 5
        "the jaw dropped and the mouth round",  # AU 26
        "long lines across the forehead",  # AU 1 + 2
    ),
    "disgust": (
        "the nose wrinkled",  # AU 9
        "the upper lip raised",  # AU 10
        "the lower lip pushed out and down",  # AU 16
        "eyes narrowed above a wrinkled nose",  # AU 7 + 9
    ),
    "fear": (
        "brows raised and drawn together",  # AU 1 + 2 + 4
        "eyes wide open with tense lids",  # AU 5 + 7
        "lips stretched sideways",  # AU 20
        "the mouth half open and tense",  # AU 20 + 25
    ),
    "contempt": (
        "one lip corner tightened and raised",  # AU 12 + 14, one side
        "the head tilted back and the eyes looking down",
        "one brow lifted in a cold look",
        "a dimple pressed into one cheek",  # AU 14, one side
    ),
    "anxiety": (
        "brows drawn together over restless eyes",  # AU 4
        "the lips bitten or pressed inwards",  # AU 28
        "inner brows raised in worry",  # AU 1 + 4
        "a tense jaw and quick glances to the side",
    ),
    "helplessness": (
        "inner brows raised and the mouth a little open",  # AU 1 + 25
        "lip corners down and the gaze lost",  # AU 15
        "the eyes searching upwards",
        "slack cheeks and a lowered head",
    ),
    "disappointment": (
        "lips pressed together and lip corners down",  # AU 15 + 24
        "the gaze dropping to the ground",  # AU 64
        "eyelids lowered after a long breath",  # AU 43
        "the chin raised and the mouth drawn in",  # AU 17
    ),
}


def describe(labels: tuple[str, ...], own: Descriptions) -> list[tuple[str, ...]]:
    """Texts of each class.

    Args:
        labels: ``K`` class names.
        own: Texts that take the place of ours; empty for ours.

    Returns:
        For each class one or more texts, for all the same number.

    Raises:
        ConfigError: A class has no text, or classes have different numbers of them.
    """
    known = own or ACTIONS
    missing = [label for label in labels if not known.get(label)]
    if missing:
        raise ConfigError(
            f"no description of {', '.join(missing)}; give one for every class in a file"
        )
    texts = [tuple(known[label]) for label in labels]
    if len({len(each) for each in texts}) > 1:
        counts = ", ".join(f"{label} {len(known[label])}" for label in labels)
        raise ConfigError(f"every class needs the same number of descriptions, got {counts}")
    return texts


def read_descriptions(path: Path) -> dict[str, list[str]]:
    """Read descriptions from a JSON file: an object of class names, each with a list of texts.

    Raises:
        ConfigError: Not such a file.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not readable JSON ({error})") from error
    fits = isinstance(data, dict) and all(
        isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        for texts in data.values()
    )
    if not fits:
        raise ConfigError(
            f'{path} must hold an object like {{"happiness": ["lip corners pulled up", …], …}}'
        )
    return dict(data)
