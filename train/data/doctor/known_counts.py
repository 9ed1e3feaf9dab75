"""How many clips the official datasets have, so that a wrong copy is noticed.

Derived from the lists that DFER-CLIP publishes, which were checked to be disjoint by fold
(https://github.com/zengqunzhao/DFER-CLIP, annotation). Classes are in our order.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownCounts:
    """Counts of one dataset.

    Attributes:
        parts: Fold name to clips in its training and test part.
        classes: Clips per class over everything.
        test_classes: Clips per class in the test part of the first fold.
    """

    parts: dict[str, tuple[int, int]]
    classes: tuple[int, ...]
    test_classes: tuple[int, ...]


KNOWN = {
    "dfew": KnownCounts(
        parts={
            "1": (9356, 2341),
            "2": (9356, 2341),
            "3": (9357, 2340),
            "4": (9358, 2339),
            "5": (9361, 2336),
        },
        classes=(2445, 1894, 2669, 2173, 1469, 145, 902),
        test_classes=(489, 379, 534, 435, 294, 29, 181),
    ),
    "ferv39k": KnownCounts(
        parts={"all": (31088, 7847)},
        classes=(7327, 6916, 9748, 7393, 3140, 2300, 2111),
        test_classes=(1473, 1393, 1958, 1487, 638, 467, 431),
    ),
    "mafw": KnownCounts(
        parts={
            "1": (7333, 1839),
            "2": (7335, 1837),
            "3": (7339, 1833),
            "4": (7340, 1832),
            "5": (7341, 1831),
        },
        classes=(1242, 1470, 1138, 1390, 1072, 639, 625, 236, 916, 262, 182),
        test_classes=(249, 294, 228, 278, 215, 128, 125, 48, 184, 53, 37),
    ),
}
