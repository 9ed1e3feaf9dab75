"""Which words are nearest to the tokens of a sentence?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import layout
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]


def token_table(
    words: Sequence[Sequence[str]], cosines: Array, norms: Array, *, mode: Mode = "light"
) -> dict[str, Any]:
    """List each token's nearest words with their cosines, and its length.

    Args:
        words: ``L`` lists of ``n`` words, nearest first.
        cosines: ``(L, n)``.
        norms: ``(L,)`` lengths of the tokens.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: The arguments disagree on ``L``.
    """
    if not len(words) == len(cosines) == len(norms):
        raise ValueError(f"{len(words)} tokens, cosines {cosines.shape}, norms {norms.shape}")
    surface = SURFACES[mode]
    nearest = [
        ", ".join(f"{word} ({value:.2f})" for word, value in zip(row, near, strict=True))
        for row, near in zip(words, cosines, strict=True)
    ]
    columns = [
        [str(place + 1) for place in range(len(words))],
        nearest,
        [f"{value:.3f}" for value in norms],
    ]
    paint = {"fill": {"color": surface.surface}, "line": {"color": surface.border}, "align": "left"}
    table = {
        "type": "table",
        "columnwidth": [1, 8, 1.5],
        "header": {
            **paint,
            "values": ["token", "nearest words (cosine)", "length"],
            "font": {"color": surface.muted},
        },
        "cells": {**paint, "values": columns, "font": {"color": surface.text}, "height": 26},
    }
    return {"data": [table], "layout": layout(mode, height=26 * len(words) + 90)}
