import json
from dataclasses import replace

import numpy as np
import pytest

from core.checkpoint import load_checkpoint
from core.errors import CheckpointError
from core.explain.map import main
from core.explain.neighbours import (
    MOST_CLIPS,
    Background,
    nearest_clips,
    read_background,
    store_clips,
)
from core.explain.sentence_map import read_map
from core.explain.vectors import unit, video_vectors
from tests.core.explain_cases import random_features


@pytest.fixture
def clips():
    return random_features(30 * 4, 16).reshape(30, 4, 16)


@pytest.fixture
def stored(tiny_model, clips):
    return store_clips(tiny_model, clips, np.arange(30) % 7)


def test_vectors_come_back_as_the_model_made_them(tiny_model, clips, stored):
    found = read_background(stored, 7)
    np.testing.assert_array_equal(found.labels, np.arange(30) % 7)
    np.testing.assert_allclose(found.before, unit(unit(clips).mean(1)), atol=2e-3)
    np.testing.assert_allclose(
        found.after, unit(video_vectors(tiny_model, clips).pooled), atol=2e-3
    )


def test_a_clip_is_nearest_to_itself(stored):
    background = read_background(stored, 7)
    rows, cosines = nearest_clips(background, "after", background.after[[4, 9]], 3)
    assert rows[:, 0].tolist() == [4, 9]
    np.testing.assert_allclose(cosines[:, 0], 1, atol=1e-5)
    assert (np.diff(cosines, axis=1) <= 0).all()
    few = Background(background.labels[:2], background.before[:2], background.after[:2])
    assert nearest_clips(few, "before", background.before[:5], 3)[0].shape == (5, 2)


def test_large_validation_parts_are_thinned_evenly(tiny_model):
    labels = np.repeat(np.arange(7), [900, 300, 40, 90, 90, 90, 90])
    kept = np.array(store_clips(tiny_model, np.ones((len(labels), 4, 16)), labels).labels)
    assert len(kept) <= MOST_CLIPS
    assert np.bincount(kept).tolist() == [60, 60, 40, 60, 60, 60, 60]


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 9], [-1, 0, 0]])
def test_labels_that_do_not_fit_are_refused(tiny_model, clips, labels):
    with pytest.raises(CheckpointError, match=r"label"):
        store_clips(tiny_model, clips[:3], labels)


@pytest.mark.parametrize(
    "changes",
    [
        {"before": "no base64!"},
        {"after": ""},
        {"width": 5},
        {"labels": [0, 1]},
        {"labels": [7] * 30},
    ],
)
def test_a_damaged_background_is_a_sentence(stored, changes):
    with pytest.raises(CheckpointError, match=r"background clips of map\.json are damaged"):
        read_background(replace(stored, **changes), 7)


def test_nothing_stored_is_nothing():
    assert read_background(None, 7) is None


def test_the_command_keeps_vectors_and_classes_alone(tiny_checkpoint, tmp_path, clips, caplog):
    path = tmp_path / "validation.npz"
    np.savez(path, features=clips.astype(np.float16), labels=np.arange(30) % 7)
    assert main([str(tiny_checkpoint), "--validation", str(path)]) == 0
    written = json.loads((tiny_checkpoint / "map.json").read_text())["clips"]
    assert set(written) == {"labels", "width", "before", "after"}
    assert len(read_background(read_map(load_checkpoint(tiny_checkpoint)).clips, 7).labels) == 30
    path.write_text("nothing")
    assert main([str(tiny_checkpoint), "--validation", str(path)]) == 2
    assert "holds no validation clips" in caplog.text
