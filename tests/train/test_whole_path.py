"""check-data → extract → fit → evaluate → predict, on a miniature of each official layout."""

import json

import numpy as np
import pytest

from core.labels import ELEVEN, SEVEN
from core.predictor import load_predictor
from tests.machine import SEED
from tests.train import layouts
from train.__main__ import main

SETTINGS = {
    "frames": 4,
    "tokens.sentences": 4,
    "tokens.tokens": 3,
    "synchronizer.heads": 2,
    "synchronizer.head_width": 8,
    "synchronizer.feedforward": 16,
    "optimizer": "adamw",
    "stages.0.epochs": 20,
    "stages.0.rates": {"tokens": 0.03, "text_encoder": 0.01},
    "stages.1.epochs": 4,
    "stages.1.rates": {"video_encoder": 0.003},
    # Gentle and long enough to come back from the hand-over, whatever the arithmetic.
    "stages.2.epochs": 20,
    "stages.2.rates": {"tokens": 0.003, "synchronizer": 0.003},
    "handover_epochs": 2,
    "batch_size": 6,
    "validation_share": 0.25,
    "seed": SEED,
}


@pytest.mark.trains
@pytest.mark.parametrize(
    ("layout", "labels"), [("dfew", SEVEN), ("ferv39k", SEVEN), ("mafw", ELEVEN)]
)
def test_from_the_lists_to_a_verdict(tmp_path, face_clip_folder, layout, labels, capsys):
    root = getattr(layouts, f"make_{layout}")(tmp_path / layout, clips=24)
    data = ["--data", str(root), "--layout", layout]
    if layout == "mafw":
        data += ["--detector", "center"]
    assert main(["check-data", *data]) == 0
    assert "fingerprint" in capsys.readouterr().out
    backbone = ["--backbone", str(face_clip_folder), "--device", "cpu"]
    cache = ["--cache", str(tmp_path / "features"), "--views", "3"]
    assert main(["extract", *data, *backbone, *cache]) == 0
    settings = [
        word
        for name, value in SETTINGS.items()
        for word in ("--set", f"{name}={json.dumps(value)}")
    ]
    run = tmp_path / "run"
    assert main(["fit", *data, *backbone, *cache, *settings, "--out", str(run)]) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["uar"] > 0.5
    assert (run / "report.html").read_text().count("<svg") == 9
    checkpoint = str(run / "checkpoint")
    assert f"trained on {layout}" in (run / "checkpoint/README.md").read_text()
    words = [*data, "--checkpoint", checkpoint, "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main(["evaluate", *words]) == 0
    (result,) = json.loads((tmp_path / "out/metrics.json").read_text())["runs"]
    assert result["war"] == pytest.approx(metrics["test"]["war"])
    assert result["clips"] == metrics["test"]["clips"]
    assert result["labels"] == list(labels)
    layouts.write_clip(tmp_path / "new.mp4", 1, 99)
    predictor = load_predictor(checkpoint, device="cpu", detector="center")
    prediction = predictor.predict(tmp_path / "new.mp4")
    assert prediction.labels == labels
    assert np.isclose(prediction.probabilities.sum(), 1, atol=1e-5)
