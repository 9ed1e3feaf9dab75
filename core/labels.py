"""Which expression each output index means."""

from collections.abc import Sequence

# The order of DFEW's official csv, which DFER-CLIP and FERV39k share.
SEVEN = ("happiness", "sadness", "neutral", "anger", "surprise", "disgust", "fear")

# DFER-CLIP's order for MAFW: the seven above come first.
ELEVEN = (*SEVEN, "contempt", "anxiety", "helplessness", "disappointment")


def neutral_place(labels: Sequence[str]) -> int:
    """Index of the resting face's class, -1 where there is none."""
    return list(labels).index("neutral") if "neutral" in labels else -1
