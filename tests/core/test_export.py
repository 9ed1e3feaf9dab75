"""The exported graphs give torch's answers, for any number of frames and clips."""

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import export
from core.checkpoint import Calibration, CheckpointConfig, load_checkpoint, save_checkpoint
from core.errors import A3LignError
from core.export import main, run_onnx
from core.model.backbones import build_untrained
from core.model.build import build_model
from tests.conftest import TINY_BACKBONE


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_config):
    """A checkpoint on a mirrored backbone and what the command makes of it; slow, so once."""
    folder = tmp_path_factory.mktemp("export")
    config = replace(tiny_config, backbone=replace(TINY_BACKBONE, mirror=True))
    torch.manual_seed(0)
    model = build_model(config, build_untrained(config.backbone))
    calibration = Calibration(temperature=2.0)
    save_checkpoint(folder / "tiny", model, CheckpointConfig(config, calibration=calibration))
    assert main([str(folder / "tiny"), "--out", str(folder / "onnx")]) == 0
    return load_checkpoint(folder / "tiny"), folder / "onnx"


@pytest.mark.parametrize("count", [1, 5])
def test_the_graphs_answer_like_the_model(made, count):
    (checkpoint, out), pixels = made, torch.randn(count, 3, 32, 32)
    model = checkpoint.model
    features = run_onnx(out / "image.onnx", pixels.numpy())[0]
    np.testing.assert_allclose(features, model.encode_frames(pixels), atol=1e-4)
    clips = torch.randn(count, 4, 16)
    similarities, probabilities = run_onnx(out / "clip.onnx", clips.numpy())
    with torch.no_grad():
        np.testing.assert_allclose(probabilities, (model(clips) / 2).softmax(-1), atol=1e-3)
        cosines = model.similarities(clips, model.class_vectors())
    np.testing.assert_allclose(similarities, cosines, atol=1e-4)


def test_what_else_a_program_needs_lies_beside_the_graphs(made):
    _, out = made
    assert np.load(out / "class_vectors.npy").shape == (7, 1, 16)
    about = json.loads((out / "about.json").read_text())
    assert about["labels"][0] == "happiness"
    assert about["preprocess"]["image_size"] == 32


def test_graphs_that_answer_otherwise_are_not_to_be_used(made, monkeypatch):
    (checkpoint, out), real = made, export.run_onnx
    monkeypatch.setattr(export, "run_onnx", lambda *args: [values + 1 for values in real(*args)])
    graphs = export.ImageGraph(checkpoint.model), export.ClipGraph(checkpoint)
    with pytest.raises(A3LignError, match=r"differs from torch by 1 .*not to be used"):
        export.compare(*graphs, torch.randn(8, 3, 32, 32), torch.randn(8, 4, 16), out)
    monkeypatch.undo()
    (out / "clip.onnx").write_bytes(b"no graph")
    with pytest.raises(A3LignError, match="cannot run"):
        export.compare(*graphs, torch.randn(8, 3, 32, 32), torch.randn(8, 4, 16), out)


def test_nothing_is_overwritten_and_what_is_missing_is_named(
    tiny_checkpoint, tiny_model, tiny_config, tmp_path, monkeypatch, caplog
):
    assert main([str(tiny_checkpoint), "--out", str(tmp_path)]) == 2
    assert "is there already" in caplog.text
    save_checkpoint(tmp_path / "again", tiny_model, CheckpointConfig(tiny_config))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main([str(tmp_path / "again"), "--out", str(tmp_path / "onnx")]) == 2
    assert "exporting needs onnx, onnxscript, onnxruntime" in caplog.text
    assert not (tmp_path / "onnx").exists()
