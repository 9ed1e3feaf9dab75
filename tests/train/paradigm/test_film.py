"""What a training run keeps of itself."""

import numpy as np
import pytest
import torch

from core.explain.snapshots import read_snapshots
from core.results import Scores
from tests.core.explain_cases import unit
from train.paradigm.film import Film, is_film_epoch, mean_answers


def take(film, model, number, title, **measured):
    film.take(model, number=number, title=title, **({"scores": None} | measured))


@pytest.fixture
def moved(tiny_model):
    """A model whose synchronizer does something."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name in ("text_encoder", "video_encoder", "synchronizer"):
            for block in getattr(tiny_model, name).blocks:
                shape = block.feedforward_out.weight.shape
                block.feedforward_out.weight.copy_(torch.randn(shape, generator=generator) * 0.2)
    return tiny_model.eval()


def test_snapshots_hold_both_sides_of_the_synchronizer(moved, tmp_path):
    film = Film(tmp_path)
    moved.phase = "text"
    take(film, moved, 0, "start")
    moved.phase = "joint"
    answers = np.eye(len(moved.tokens.embeddings), dtype=np.float32)
    take(film, moved, 3001, "joint 1", scores=Scores(0.5, 0.4, 1.0), answers=answers)
    film.finish()
    read = read_snapshots(tmp_path / "film.npz")
    assert read.titles == ("start", "joint 1")
    with torch.no_grad():
        expected = moved.synchronizer.steps(moved.sentence_features(), "text")
        classes = moved.class_vectors().mean(1)
    np.testing.assert_allclose(read.sentences[0], moved.sentence_features().detach(), atol=1e-3)
    np.testing.assert_allclose(read.aligned[1], expected, atol=5e-3)
    assert np.abs(read.aligned[1] - read.sentences[1]).max() > 0.05
    np.testing.assert_allclose(read.vectors[1], classes, atol=1e-5)
    np.testing.assert_allclose(
        read.classes[1], unit(classes.numpy()) @ unit(classes.numpy()).T, atol=1e-5
    )
    np.testing.assert_array_equal(read.answers[1], answers)
    assert np.isnan(read.answers[0]).all()


def test_sentences_meet_their_class_vector_while_the_synchronizer_takes_over(moved, tmp_path):
    moved.phase, moved.handover = "joint", 0.3
    film = Film(tmp_path)
    take(film, moved, 3001, "joint 1")
    film.finish()
    read = read_snapshots(tmp_path / "film.npz")
    # Mean pooling: a class vector is the mean of its aligned sentences at every moment.
    np.testing.assert_allclose(read.aligned[0].mean(1), read.vectors[0], atol=5e-3)


def test_a_run_of_an_earlier_version_can_be_finished(moved, tmp_path):
    film = Film(tmp_path)
    take(film, moved, 0, "start")
    take(film, moved, 1001, "text 1")
    old = tmp_path / "film" / "000000.npz"
    with np.load(old) as stored:
        arrays = {name: stored[name] for name in ("sentences", "classes", "title", "scores")}
    np.savez(old, **arrays)
    film.finish()
    read = read_snapshots(tmp_path / "film.npz")
    assert len(read) == 2
    assert read.aligned is None


def test_answers_are_means_per_true_class():
    cosines = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]], np.float32)
    answers = mean_answers(cosines, np.array([0, 0, 2]))
    np.testing.assert_allclose(answers[0], [0.5, 0.5, 0])
    np.testing.assert_allclose(answers[2], [0.5, 0, 0.5])
    assert np.isnan(answers[1]).all()


def test_a_step_gives_a_few_snapshots_and_its_last():
    chosen = [epoch for epoch in range(1, 31) if is_film_epoch(epoch, 30)]
    assert chosen == [5, 10, 15, 20, 25, 30]
    assert [epoch for epoch in range(1, 4) if is_film_epoch(epoch, 3)] == [1, 2, 3]
