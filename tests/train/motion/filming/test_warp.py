import numpy as np

from train.motion.filming.warp import warp

CORNERS = np.array([[-20, -20], [60, -20], [60, 60], [-20, 60], [20, 20]], float)
FAN = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
DARK = np.ones(5)


def slope(size=40):
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    return (2 * x + y).astype(np.float32)


def test_unmoved_points_leave_the_image_as_it_is():
    image = slope()
    np.testing.assert_allclose(warp(image, CORNERS, CORNERS, FAN, DARK), image, atol=0.1)


def test_moved_points_take_their_pixels_along():
    image = np.zeros((40, 40), np.float32)
    image[20, 20] = 100
    target = CORNERS.copy()
    target[4] += (6, -4)
    moved = warp(image, CORNERS, target, FAN, DARK)
    assert np.unravel_index(moved.argmax(), moved.shape) == (16, 26)


def test_everything_shifts_with_a_shifted_frame():
    image = slope()
    shift = np.array([3, 0])
    moved = warp(image, CORNERS, CORNERS + shift, FAN, DARK)
    np.testing.assert_allclose(moved[:, 5:], image[:, 2:-3], atol=0.1)


def test_light_scales_the_brightness():
    flat = np.full((40, 40), 80, np.float32)
    np.testing.assert_allclose(warp(flat, CORNERS, CORNERS, FAN, DARK * 1.25), 100, atol=0.01)


def test_light_fades_between_points():
    flat = np.full((40, 40), 80, np.float32)
    light = np.array([1, 1, 1, 1, 1.5])
    lit = warp(flat, CORNERS, CORNERS, FAN, light)
    assert lit[20, 20] > lit[20, 30] > lit[20, 39] > 80


def test_triangles_turned_over_are_hidden():
    image = slope()
    target = CORNERS.copy()
    target[4] = (70, 20)  # the right triangle flips behind the others
    moved = warp(image, CORNERS, target, FAN, DARK)
    assert np.isfinite(moved).all()
    assert moved.max() <= image.max() + 1e-3
