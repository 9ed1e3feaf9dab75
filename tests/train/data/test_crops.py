import numpy as np
import pytest
import torch

from core.config import PreprocessConfig
from train.data.crops import CropPictures, middle_square

GREY = PreprocessConfig(image_size=32)


@pytest.fixture
def crops():
    generator = np.random.default_rng(0)
    face = generator.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    return [face, face, face]


@pytest.mark.parametrize("recipe", ["jitter", "fixed", "resized"])
def test_every_frame_of_a_clip_gets_the_same_variation(crops, recipe):
    view = CropPictures(crops, recipe).view(1, GREY, 3)
    assert view.shape == (3, 3, 32, 32)
    assert torch.equal(view[0], view[1])
    assert torch.equal(view[0], view[2])


@pytest.mark.parametrize("recipe", ["jitter", "fixed", "resized"])
def test_views_differ_and_view_0_is_the_whole_crop(crops, recipe):
    pictures = CropPictures(crops, recipe)
    views = [pictures.view(number, GREY, 3) for number in range(3)]
    assert (views[1] - views[2]).abs().max() > 0.1
    assert torch.equal(views[0], pictures.plain(GREY))


def test_pieces_have_the_stated_size():
    """A vertical edge at 3/4 of the width tells how much a piece shows of each side."""
    ramp = np.broadcast_to(np.linspace(0, 255, 200), (200, 200)).astype(np.uint8)
    pictures = CropPictures([np.repeat(ramp[..., None], 3, 2)], "jitter")
    spans = []
    for number in range(1, 60):
        view = pictures.view(number, PreprocessConfig(image_size=200), 0)[0, 0]
        row = view[100] * 0.26862954 + 0.48145466
        spans.append(float(row.max() - row.min()))
    assert 0.77 < min(spans) < 0.83
    assert 0.96 < max(spans) < 1.01


def test_half_of_the_views_are_mirrored():
    ramp = np.broadcast_to(np.linspace(0, 255, 64), (64, 64)).astype(np.uint8)
    pictures = CropPictures([np.repeat(ramp[..., None], 3, 2)], "fixed")
    mirrored = [
        bool(view[0, 0, 16, 0] > view[0, 0, 16, -1])
        for view in (pictures.view(number, GREY, 0) for number in range(1, 101))
    ]
    assert 35 < sum(mirrored) < 65


def test_middle_square():
    frame = np.zeros((30, 50, 3), np.uint8)
    frame[:, 10:40] = 9
    assert middle_square(frame, 224).shape == (30, 30, 3)
    assert middle_square(frame, 224).min() == 9
    assert middle_square(frame, 16).shape == (16, 16, 3)
