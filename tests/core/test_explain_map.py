import json

import numpy as np
import pytest

from core.checkpoint import load_checkpoint
from core.errors import CheckpointError
from core.explain.map import build_map, main, save_map
from core.explain.projection import fit
from core.explain.sentence_map import map_owners, map_points, read_map
from core.explain.vectors import text_vectors
from tests.core.explain_cases import random_features


def test_command_writes_a_map_that_the_checkpoint_carries(tiny_checkpoint):
    assert main([str(tiny_checkpoint)]) == 0
    checkpoint = load_checkpoint(tiny_checkpoint)
    stored = read_map(checkpoint)
    assert stored.labels == checkpoint.config.model.labels
    assert stored.sentences == 4
    text = text_vectors(checkpoint.model, checkpoint.sentence_features)
    for side in ("before", "after"):
        points = map_points(text, side)
        assert points.shape == (7 * 4 + 7, 16)
        for technique in ("umap", "pca"):
            for dimensions in (2, 3):
                positions = stored.space(side).positions(technique, dimensions)
                np.testing.assert_allclose(
                    positions, fit(points, technique, dimensions).positions, atol=1e-3
                )
    assert stored.mean("after") is None
    assert stored.film is None


def test_order_of_the_points_is_class_by_class_and_then_the_classes():
    np.testing.assert_array_equal(map_owners(2, 3), [0, 0, 0, 1, 1, 1, 0, 1])


def test_means_and_words_are_kept(tiny_checkpoint):
    checkpoint = load_checkpoint(tiny_checkpoint)
    clips = random_features(5 * 4, 16).reshape(5, 4, 16)
    save_map(
        tiny_checkpoint, build_map(checkpoint, training_clips=clips, words=["joy", "a", "joy"])
    )
    stored = read_map(load_checkpoint(tiny_checkpoint))
    np.testing.assert_allclose(stored.mean("before"), clips.mean((0, 1)), atol=1e-3)
    assert stored.mean("after").shape == (16,)
    assert stored.words == ["a", "joy"]


def test_map_of_other_weights_is_not_used(tiny_checkpoint):
    main([str(tiny_checkpoint)])
    path = tiny_checkpoint / "map.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": "1" * 64}))
    assert read_map(load_checkpoint(tiny_checkpoint)) is None


def test_checkpoint_without_a_map(tiny_checkpoint):
    assert read_map(load_checkpoint(tiny_checkpoint)) is None


def test_damaged_map_is_named(tiny_checkpoint):
    (tiny_checkpoint / "map.json").write_text('{"labels": 3}')
    with pytest.raises(CheckpointError, match=r"map\.json.*again"):
        read_map(load_checkpoint(tiny_checkpoint))


def test_command_takes_clips_words_and_film(tiny_checkpoint, tmp_path):
    np.save(tmp_path / "clips.npy", random_features(8, 16).reshape(2, 4, 16))
    (tmp_path / "words.txt").write_text("a happy face\nbrows lowered")
    np.savez(
        tmp_path / "film.npz",
        titles=np.array(["start", "text 1"]),
        sentences=random_features(2 * 28, 16).reshape(2, 7, 4, 16),
        classes=np.tile(np.eye(7), (2, 1, 1)),
        scores=np.full((2, 2), 0.4),
    )
    options = ["--clips", "clips.npy", "--words", "words.txt", "--film", "film.npz"]
    options = [str(tmp_path / each) if "." in each else each for each in options]
    assert main([str(tiny_checkpoint), *options]) == 0
    stored = read_map(load_checkpoint(tiny_checkpoint))
    assert "happy" in stored.words
    assert len(stored.film.scenes) == 2
    assert stored.video_mean is not None


@pytest.mark.parametrize("option", ["--clips", "--words", "--film"])
def test_unreadable_input_is_a_sentence(tiny_checkpoint, tmp_path, option, caplog):
    assert main([str(tiny_checkpoint), option, str(tmp_path / "nothing.npy")]) == 2
    assert "nothing.npy" in caplog.text
