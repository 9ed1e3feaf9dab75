"""Captions for still faces, in our own words: what it looks like, which muscles, how strongly.

The facial actions follow the Facial Action Coding System's prototypes for the basic expressions;
the action unit numbers stand beside them for readers who know the system.
"""

import itertools
import random

from core.labels import SEVEN

ADJECTIVES: dict[str, tuple[str, ...]] = {
    "happiness": ("happy", "joyful", "smiling", "cheerful", "amused", "delighted"),
    "sadness": ("sad", "unhappy", "sorrowful", "downcast", "tearful", "gloomy"),
    "neutral": ("neutral", "calm", "expressionless", "relaxed", "blank", "resting"),
    "anger": ("angry", "furious", "irritated", "hostile", "enraged", "annoyed"),
    "surprise": ("surprised", "astonished", "amazed", "startled", "stunned"),
    "disgust": ("disgusted", "repelled", "revolted", "sickened", "nauseated"),
    "fear": ("afraid", "fearful", "scared", "terrified", "frightened", "anxious"),
}

NOUNS: dict[str, tuple[str, ...]] = {
    "happiness": ("happiness", "joy", "delight", "a smile"),
    "sadness": ("sadness", "sorrow", "grief", "misery"),
    "neutral": ("no particular expression", "calm", "rest", "a neutral expression"),
    "anger": ("anger", "rage", "fury", "irritation"),
    "surprise": ("surprise", "astonishment", "amazement"),
    "disgust": ("disgust", "revulsion", "aversion"),
    "fear": ("fear", "terror", "fright", "panic"),
}

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
}

INTENSITIES = ("slightly", "clearly", "strongly", "very")


def captions_of(label: str) -> list[str]:
    """Every caption of one expression, in a fixed order."""
    adjectives, nouns, actions = ADJECTIVES[label], NOUNS[label], ACTIONS[label]
    looks = [f"a {adjective} face" for adjective in adjectives]
    looks += [f"a person who looks {adjective}" for adjective in adjectives]
    looks += [f"{how} {adjective}" for how, adjective in itertools.product(INTENSITIES, adjectives)]
    shows = [f"a face showing {noun}" for noun in nouns]
    muscles = list(actions)
    muscles += [f"{one}, {two}" for one, two in itertools.permutations(actions, 2)]
    both = [f"a {word} face: {action}" for word, action in itertools.product(adjectives, actions)]
    return looks + shows + muscles + both


def draw_captions(per_class: int, rng: random.Random) -> list[str]:
    """Draw the captions of one training step: ``per_class`` for each label, in label order."""
    return [text for label in SEVEN for text in rng.sample(captions_of(label), per_class)]
