import numpy as np
import pytest

from train.motion.clip_set import Clip, gather
from train.motion.leak import first_frame_leak


def clips(betrays, course="onset", count=120):
    rng = np.random.default_rng(0)
    made = []
    for i in range(count):
        label = i % 3
        frames = rng.integers(80, 120, (2, 64, 64)).astype(np.uint8)
        if betrays:
            frames[0, 20 + 8 * label : 24 + 8 * label, 20:40] += 60
        made.append(Clip(frames, label, f"p{i}", "acted", course, 0.04))
    return gather(made, "train")


def test_a_planted_sign_is_found():
    score, chance = first_frame_leak(clips(betrays=True), "acted")
    assert chance == pytest.approx(1 / 3)
    assert score > 0.9


def test_noise_stays_at_chance():
    score, chance = first_frame_leak(clips(betrays=False), "acted")
    assert abs(score - chance) < 0.12


def test_clips_that_open_at_the_apex_do_not_count():
    assert first_frame_leak(clips(betrays=True, course="from_apex"), "acted") is None


def test_too_few_clips_give_no_figure():
    assert first_frame_leak(clips(betrays=True, count=15), "acted") is None
    assert first_frame_leak(clips(betrays=True), "held") is None
