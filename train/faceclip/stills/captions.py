"""Captions for still faces, in our own words: what it looks like, which muscles, how strongly.

The facial actions are those of ``core.descriptions``.
"""

import itertools
import random

from core.descriptions import ACTIONS
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
