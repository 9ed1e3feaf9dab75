import numpy as np
import pytest

from core.faces.box import FaceBox, crop_face


def gradient(height=100, width=120):
    """Red counts columns, green rows, so that a pixel tells where it came from."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(width)
    image[..., 1] = np.arange(height)[:, None]
    return image


def test_overlap_of_half_shifted_squares_is_a_third():
    # Half a square shared, one and a half covered.
    assert FaceBox(0, 0, 10).overlap(FaceBox(5, 0, 10)) == pytest.approx(1 / 3)
    assert FaceBox(0, 0, 10).overlap(FaceBox(10, 0, 10)) == 0
    assert FaceBox(3, 4, 10).overlap(FaceBox(3, 4, 10)) == 1


def test_share_inside_counts_the_smaller_square():
    assert FaceBox(2, 2, 4).share_inside(FaceBox(0, 0, 10)) == 1
    assert FaceBox(-2, 0, 4).share_inside(FaceBox(0, 0, 10)) == pytest.approx(0.5)
    assert FaceBox(0, 0, 10).share_inside(FaceBox(2, 2, 4)) == pytest.approx(0.16)


def test_scaled_and_shifted_move_every_corner():
    box = FaceBox(10, 20, 30, 0.7)
    assert box.scaled(2) == FaceBox(20, 40, 60, 0.7)
    assert box.shifted(-1, 5) == FaceBox(9, 25, 30, 0.7)
    assert box.center == (25, 35)


def test_a_tall_box_becomes_a_square_with_the_eyes_at_the_same_place():
    tall = (40.0, 30.0, 80.0, 100.0)
    square = FaceBox.from_tight_box(*tall, score=0.9)
    assert square.center[0] == pytest.approx(80)
    # Eyes at 0.390 of the height of both; the mouth at 0.740 of the tall one, 0.784 of the square.
    assert square.y + 0.390 * square.side == pytest.approx(30 + 39)
    assert square.y + 0.784 * square.side == pytest.approx(30 + 74, abs=1)
    assert square.score == 0.9


def test_a_whole_numbered_crop_is_an_exact_cut():
    image = gradient()
    assert np.array_equal(crop_face(image, FaceBox(20, 30, 40)), image[30:70, 20:60])


def test_crop_scale_widens_around_the_middle():
    image = gradient()
    crop = crop_face(image, FaceBox(40, 40, 20), scale=2.0)
    assert np.array_equal(crop, image[30:70, 30:70])


def test_a_large_crop_is_averaged_down_to_the_limit():
    image = np.zeros((400, 400, 3), np.uint8)
    image[::2] = 200  # stripes that point sampling would show or hide
    crop = crop_face(image, FaceBox(50, 50, 300), limit_px=75)
    assert crop.shape == (75, 75, 3)
    assert abs(crop.astype(float) - 100).max() <= 12
    assert crop_face(gradient(), FaceBox(0, 0, 50), limit_px=100).shape == (50, 50, 3)


def test_a_large_crop_shows_the_same_place():
    crop = crop_face(gradient(200, 240), FaceBox(40, 60, 100), limit_px=50)
    expected = 40 + 2 * np.arange(50) + 0.5
    assert abs(crop[25, :, 0] - expected).max() <= 1
    assert abs(crop[:, 25, 1] - (expected + 20)).max() <= 1


@pytest.mark.parametrize("roll", [0, 30])
@pytest.mark.parametrize("side", [380, 500, 637.3])  # four to seven times as large as the crop
def test_far_larger_squares_are_reduced_in_place_without_moire(side, roll):
    rows, columns = np.mgrid[:1000, :1000]
    ramps = np.stack([rows / 5, columns / 5, 255.0 * ((rows + columns) % 2)], -1)
    box = FaceBox(170, 190, side, roll=roll)
    crop = crop_face(ramps.round().astype(np.uint8), box, limit_px=90).astype(float)
    offset = ((np.arange(90) + 0.5) / 90 - 0.5) * side
    right, down = np.meshgrid(offset, offset)
    cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    x, y = box.center[0] + cos * right - sin * down, box.center[1] + sin * right + cos * down
    for channel, place in enumerate((y, x)):
        error = crop[..., channel] - (place - 0.5) / 5
        assert abs(error.mean()) < 0.25  # little more than a pixel of the picture
        assert np.abs(error).max() < 1.5
    assert np.abs(crop[..., 2] - 127.5).max() < 40


def test_outside_of_the_frame_the_border_is_repeated():
    image = gradient()
    crop = crop_face(image, FaceBox(-20, -20, 40))
    assert np.array_equal(crop[20:, 20:], image[:20, :20])
    assert np.array_equal(crop[0, 0], image[0, 0])
    assert np.array_equal(crop[:20, 25], np.tile(image[0, 5], (20, 1)))


@pytest.mark.parametrize("size", [(1, 1), (10, 10_000), (10_000, 10)])
def test_strange_frames_still_give_a_crop(size):
    image = np.full((*size, 3), 7, np.uint8)
    crop = crop_face(image, FaceBox(0, 0, 400))
    assert crop.shape == (160, 160, 3)
    assert (crop == 7).all()
    assert crop_face(image, FaceBox(0, 0, 0.2)).shape == (1, 1, 3)


def test_a_tilted_square_is_cut_out_upright():
    image = gradient()
    # Tilted clockwise by a quarter: what is up in the crop lies to the right in the frame.
    crop = crop_face(image, FaceBox(20, 30, 40, roll=90))
    assert np.array_equal(crop, np.rot90(image[30:70, 20:60]))
    assert np.array_equal(crop_face(image, FaceBox(20, 30, 40, roll=360)), image[30:70, 20:60])


def test_the_roll_travels_with_the_square():
    box = FaceBox(10, 20, 30, 0.7, 45)
    assert box.scaled(2).roll == box.shifted(1, 2).roll == 45
    assert FaceBox(0, 0, 1, roll=170).rolled_like(FaceBox(0, 0, 1, roll=-175)).roll == -190
    assert FaceBox(0, 0, 1, roll=30).rolled_like(FaceBox(0, 0, 1, roll=-30)).roll == 30
