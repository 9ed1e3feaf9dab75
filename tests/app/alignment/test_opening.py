import numpy as np
import pytest

from app.alignment.opening import opening_view
from core.explain.tokens import SentenceFamily


def family(within, sentences=16):
    count = len(within)
    square = np.zeros((count, count), np.float32)
    norms = np.ones((count, sentences), np.float32)
    return SentenceFamily(square, square, np.array(within, np.float32), 0.5, norms)


@pytest.mark.parametrize(
    ("within", "sentences", "expected"),
    [
        ([0.7] * 7, 16, ("text", "umap")),
        ([0.999] * 3 + [0.9] * 4, 16, ("text", "umap")),
        ([0.999] * 4 + [0.9] * 3, 16, ("centred", "pca")),
        ([0.999] * 7, 16, ("centred", "pca")),
        ([1.0] * 7, 1, ("text", "umap")),  # one sentence each: nothing gathered
    ],
)
def test_sentences_that_are_one_are_not_shown_on_a_neighbour_map(within, sentences, expected):
    view = opening_view(family(within, sentences))
    assert (view["mode"], view["technique"]) == expected
    assert view["side"] == "after"
