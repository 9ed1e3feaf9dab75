"""Figures that the papers print, to stand beside ours: WAR and UAR in per cent.

A3lign, CoOp, CoCoOp and zero-shot from A3lign's paper (arXiv 2403.04294, Tables 1, 2 and 5);
DFER-CLIP's from its repository; FineCLIPER's as the survey arXiv 2408.15777 quotes them.
"""

Figures = tuple[float, float]

PUBLISHED: dict[str, dict[str, Figures]] = {
    "dfew": {
        "a3lign": (74.20, 64.09),
        "dfer-clip": (71.25, 59.61),
        "finecliper": (76.21, 65.98),
    },
    "ferv39k": {
        "a3lign": (51.77, 41.87),
        "a3lign shuffled": (49.24, 38.65),
        "dfer-clip": (51.65, 41.27),
        "finecliper": (53.98, 45.22),
        "zero-shot": (17.09, 20.99),
        "coop": (42.55, 31.72),
        "cocoop": (44.25, 32.91),
    },
    "mafw": {
        "a3lign": (53.24, 42.07),
        "a3lign shuffled": (49.75, 39.12),
        "dfer-clip": (52.55, 39.89),
        "finecliper": (56.91, 45.01),
        "zero-shot": (19.16, 18.42),
        "coop": (42.77, 30.79),
        "cocoop": (43.23, 30.81),
    },
}


def published(dataset: str, key: str) -> Figures | None:
    """What is printed for a line on a dataset; None if nothing is."""
    return PUBLISHED.get(dataset, {}).get(key)
