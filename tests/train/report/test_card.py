import numpy as np

from core.checkpoint import Calibration
from core.config import ModelConfig
from core.labels import SEVEN
from train.report.card import Origin, write_card
from train.scoring.figures import evaluate_logits


def test_a_card_says_what_when_and_how_well():
    logits = np.eye(7, dtype=np.float32)[[0, 1, 2, 2]] * 9
    figures = evaluate_logits(logits, np.array([0, 1, 2, 3]), SEVEN, Calibration(1.0, 0.1))
    origin = Origin("dfew", "abcdef0123456789ffff", "3", (("train", 8), ("test", 4)), "python x")
    text = write_card(ModelConfig(), origin, {"demo": False, "test": figures})
    assert "trained on dfew" in text
    assert "fold 3, 8 train, 4 test; fingerprint `abcdef0123456789`" in text
    assert "| test | 4 | 0.7500 | 0.7500 |" in text
    assert "| – |" in text
    assert "`python x`" in text
    assert "perceived" in text


def test_a_card_without_figures_says_so():
    assert "nothing was measured" in write_card(ModelConfig(), Origin(), {"demo": False})
