import dataclasses

import numpy as np
import pytest

from app.examples.drawing import Expression, draw_face
from app.examples.shelf import EXAMPLES, MADE_HERE, ExampleShelf
from core.errors import OutputError, VideoError
from core.faces.detectors import HaarDetector
from core.video import open_video


@pytest.mark.parametrize("example", MADE_HERE, ids=lambda example: example.name)
def test_the_default_detector_finds_the_face(example):
    detector = HaarDetector()
    moments = np.linspace(0, example.duration_s, 9)[:-1]
    found = [detector.detect(example.frame_at(moment)) for moment in moments]
    assert sum(bool(faces) for faces in found) >= len(found) - 1


@pytest.mark.parametrize("example", MADE_HERE, ids=lambda example: example.name)
def test_an_example_moves(example):
    first, later = example.frame_at(0.0), example.frame_at(example.duration_s * 0.4)
    assert first.shape == later.shape
    assert np.abs(first.astype(int) - later).mean() > 1


def test_an_example_is_a_video_and_made_once(tmp_path, monkeypatch):
    short = dataclasses.replace(MADE_HERE[0], duration_s=0.4)
    monkeypatch.setattr("app.examples.shelf.MADE_HERE", (short,))
    shelf = ExampleShelf()
    path = shelf.place("astronaut", tmp_path)
    with open_video(path) as video:
        frames = sum(1 for _ in video)
    assert video.duration_s == pytest.approx(0.4, abs=0.06)
    assert frames == 8
    monkeypatch.setattr("app.examples.shelf.write_webm", None)
    path.unlink()
    assert shelf.place("astronaut", tmp_path).exists()


def test_an_example_for_which_the_disk_was_full_is_made_anew(tmp_path, monkeypatch):
    short = dataclasses.replace(MADE_HERE[1], duration_s=0.1)
    monkeypatch.setattr("app.examples.shelf.MADE_HERE", (short,))
    shelf = ExampleShelf()

    def full(path, *_, **__):
        path.write_bytes(b"")
        raise OutputError("cannot be written (No space left on device)")

    with monkeypatch.context() as patched:
        patched.setattr("app.examples.shelf.write_webm", full)
        with pytest.raises(OutputError, match="No space left"):
            shelf.place("drawing", tmp_path)
    assert not list(tmp_path.iterdir())
    assert shelf.place("drawing", tmp_path).stat().st_size > 0


def test_an_unknown_example_is_a_sentence(tmp_path):
    with pytest.raises(VideoError, match="present, call, milk, astronaut, drawing"):
        ExampleShelf().place("../../etc/passwd", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_film_that_ships_is_complete_and_small(example, tmp_path):
    with open_video(ExampleShelf().place(example.name, tmp_path)) as video:
        frames = [frame.image for frame in video]
    assert video.duration_s == pytest.approx(example.duration_s, abs=0.1)
    first, last = frames[0].astype(int), frames[-1]
    assert np.abs(first - last).mean() > 2  # it moves
    assert example.thumbnail().startswith(b"\xff\xd8")
    assert len(example.thumbnail()) < 20_000


def test_all_films_together_are_below_three_megabytes():
    assert sum(len(example.film()) + len(example.thumbnail()) for example in EXAMPLES) < 3e6


@pytest.mark.parametrize(
    "expression", [Expression(smile=1), Expression(smile=-1), Expression(surprise=1)]
)
def test_expressions_look_different(expression):
    neutral = draw_face(Expression(), side_px=120)
    assert (neutral != draw_face(expression, side_px=120)).any(-1).mean() > 0.005
