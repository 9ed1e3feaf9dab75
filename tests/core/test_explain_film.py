from dataclasses import replace

import numpy as np
import pytest

from core.errors import CheckpointError
from core.explain.film import choose_scenes, make_film
from core.explain.snapshots import Snapshots, read_snapshots
from tests.core.explain_cases import random_features


def film_of(titles, classes=3, sentences=2, width=8):
    count = len(titles)
    start = random_features(classes * sentences, width).reshape(classes, sentences, width)
    moved = np.stack([start + 0.2 * step for step in range(count)]).astype(np.float32)
    scores = np.full((count, 2), 0.5, np.float32)
    scores[0] = np.nan
    return Snapshots(
        tuple(titles), moved, np.tile(np.eye(classes, dtype=np.float32), (count, 1, 1)), scores
    )


@pytest.fixture
def write_film(tmp_path):
    def write(snapshots, **replaced):
        path = tmp_path / "film.npz"
        arrays = {
            "titles": np.array(snapshots.titles),
            "sentences": snapshots.sentences.astype(np.float16),
            "classes": snapshots.classes,
            "scores": snapshots.scores,
        }
        for name in ("aligned", "vectors", "answers"):
            if getattr(snapshots, name) is not None:
                arrays[name] = getattr(snapshots, name)
        np.savez_compressed(path, **(arrays | replaced))
        return path

    return write


def test_file_of_a_run_is_read_back(write_film):
    film = film_of(["start", "text 2", "joint 1"])
    read = read_snapshots(write_film(film))
    assert read.titles == film.titles
    assert list(read.stages) == ["start", "text", "joint"]
    np.testing.assert_allclose(read.sentences, film.sentences, atol=1e-3)
    np.testing.assert_array_equal(read.scores, film.scores)


@pytest.mark.parametrize(
    "replaced",
    [
        {"titles": np.array(["start"])},
        {"classes": np.zeros((2, 4, 4))},
        {"sentences": np.zeros((2, 3, 8))},
        {"titles": np.array([{"a": 1}, 2], dtype=object)},
        {"aligned": np.zeros((2, 3, 3, 8))},
        {"vectors": np.zeros((2, 2, 8))},
        {"answers": np.zeros((2, 3))},
    ],
    ids=["count", "classes", "sentences", "pickle", "aligned", "vectors", "answers"],
)
def test_other_files_are_refused(write_film, replaced):
    with pytest.raises(CheckpointError, match="film"):
        read_snapshots(write_film(film_of(["start", "text 1"]), **replaced))


def test_film_of_an_earlier_version_has_one_side_only(write_film):
    read = read_snapshots(write_film(film_of(["start", "text 2"])))
    assert read.aligned is None
    assert read.answers is None


def test_missing_and_damaged_files_are_refused(tmp_path, write_film):
    with pytest.raises(CheckpointError, match="nowhere"):
        read_snapshots(tmp_path / "nowhere.npz")
    whole = write_film(film_of(["start", "text 1"])).read_bytes()
    for count in (0, len(whole) // 2):
        (tmp_path / "cut.npz").write_bytes(whole[:count])
        with pytest.raises(CheckpointError, match="cut"):
            read_snapshots(tmp_path / "cut.npz")


def test_scenes_hold_titles_scores_and_movement():
    film = make_film(film_of(["start", "text 4", "video 3", "joint 5"]), "pca")
    start, text, _, joint = film.scenes
    assert start.title == "Before training"
    assert (text.stage, text.epoch) == ("text", 4)
    assert start.war is None
    assert joint.war == pytest.approx(0.5)
    assert np.shape(joint.positions) == (3 * 2 + 3, 2)
    assert np.allclose(start.drift, 0, atol=1e-4)
    assert np.mean(joint.drift) > np.mean(text.drift) > 0
    assert np.shape(joint.classes) == (3, 3)


def test_all_scenes_share_one_map():
    """A sentence that stands still keeps its place while the others move."""
    snapshots = film_of(["start", "text 1", "text 2"])
    snapshots.sentences[:, 1, 1] = snapshots.sentences[0, 1, 1]
    positions = np.array([scene.positions for scene in make_film(snapshots, "pca").scenes])
    np.testing.assert_allclose(positions[0, 3], positions[2, 3], atol=1e-3)
    assert np.abs(positions[0, 0] - positions[2, 0]).max() > 0.01


def both_sides(spread):
    """Three classes whose aligned sentences lie ``spread`` apart around a large common part."""
    film = film_of(["start", "text 1", "joint 1"])
    own = np.eye(3, 8, dtype=np.float32)[:, None] * spread  # (K, 1, D)
    aligned = np.full((3, 3, 2, 8), 1.0, np.float32) + own
    aligned[:, :, 1] += 1e-3
    answers = np.full((3, 3, 3), np.nan, np.float32)
    answers[2] = -0.9
    answers[2, 0, 0] = np.nan
    return replace(film, aligned=aligned, vectors=aligned.mean(2), answers=answers)


@pytest.mark.parametrize("spread", [0.02, 5.0], ids=["nearly alike", "well spread"])
def test_classes_stay_apart_on_the_aligned_map(spread):
    scene = make_film(both_sides(spread), "pca").scenes[-1]
    positions = np.array(scene.aligned)
    sentences, classes = positions[:6].reshape(3, 2, 2), positions[6:]
    between = np.linalg.norm(classes[:, None] - classes, axis=-1)[~np.eye(3, dtype=bool)]
    assert np.linalg.norm(sentences[:, 0] - sentences[:, 1], axis=-1).max() < 0.1 * between.min()


def test_scenes_hold_both_sides_of_the_synchronizer():
    start, *_, last = make_film(both_sides(1.0), "pca").scenes
    assert np.shape(last.aligned) == (3 * 2 + 3, 2)
    assert last.answers[1] == pytest.approx([-0.9] * 3)
    assert last.answers[0] == [None, pytest.approx(-0.9), pytest.approx(-0.9)]
    assert start.answers is None
    np.testing.assert_allclose(np.diagonal(last.mean_sentences), 1, atol=1e-3)


def test_film_of_an_earlier_version_becomes_scenes_of_one_side():
    assert make_film(film_of(["start", "text 1"]), "pca").scenes[1].aligned is None


def test_long_films_keep_the_start_and_the_end_of_every_step():
    titles = ["start", *(f"{step} {epoch}" for step in ("text", "joint") for epoch in range(1, 31))]
    chosen = choose_scenes(film_of(titles), limit=10)
    assert len(chosen) == 10
    assert {0, 30, 60} <= set(chosen)
    assert chosen == sorted(chosen)
    assert choose_scenes(film_of(titles[:5]), limit=10) == [0, 1, 2, 3, 4]
