import numpy as np

from train.motion.filming.camera import HeadMotion, draw_head_motion, film

SECONDS = np.arange(0, 2, 0.04)


def test_head_motion_is_small_and_turns_about_the_middle():
    rng = np.random.default_rng(0)
    for _ in range(50):
        motion = draw_head_motion(SECONDS, 64, rng)
        assert np.abs(motion.turns).max() < 0.35
        middle = np.array([[31.5, 31.5]])
        shift = [motion.apply(t, middle) - middle for t in range(len(SECONDS))]
        assert np.abs(shift).max() < 8
        linear = motion.planes[:, :, :2]
        zoom = np.sqrt(np.linalg.det(linear))
        assert 0.85 < zoom.min() <= zoom.max() < 1.2


def test_some_heads_rest_and_some_are_lively():
    rng = np.random.default_rng(0)
    spread = [draw_head_motion(SECONDS, 64, rng).turns.std() for _ in range(100)]
    assert min(spread) < 0.003
    assert max(spread) > 0.03


def test_a_plane_moves_points_as_an_affine_map():
    motion = HeadMotion(np.zeros((1, 2)), np.array([[[0.0, -1.0, 5.0], [1.0, 0.0, 2.0]]]))
    np.testing.assert_allclose(motion.apply(0, np.array([[3.0, 4.0]])), [[1.0, 5.0]])


def test_film_keeps_the_picture_and_stays_in_range():
    frames = np.full((len(SECONDS), 64, 64), 128, np.float32)
    frames[:, :8] = 300
    for seed in range(10):
        out = film(frames, SECONDS, np.random.default_rng(seed))
        assert out.dtype == np.uint8
        assert abs(out[:, 16:].mean() - 128) < 20
        assert out[:, :4].min() > 200


def test_the_same_seed_films_the_same():
    frames = np.full((5, 64, 64), 90, np.float32)
    once, again = (film(frames, SECONDS[:5], np.random.default_rng(3)) for _ in range(2))
    other = film(frames, SECONDS[:5], np.random.default_rng(4))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
