"""Stored features of weaker expressions and of other people."""

import pytest
import torch
import torch.nn.functional as F

from train.paradigm.augmentation import jitter_identity, weaken_change

CLIPS, FRAMES, WIDTH = 12, 4, 8
LABELS = torch.arange(CLIPS) % 2


@pytest.fixture
def opened():
    """Clips whose frames leave the opening one in a direction of their own."""
    torch.manual_seed(0)
    return F.normalize(torch.rand(CLIPS, FRAMES, WIDTH), dim=-1)


@pytest.fixture
def moving():
    """Clips that change; openings differ in the first two numbers of the second class alone."""
    torch.manual_seed(0)
    features = torch.rand(CLIPS, FRAMES, WIDTH)
    features[:, 0] = 1.0
    features[LABELS == 1, 0, :2] = torch.rand(CLIPS // 2, 2)
    return F.normalize(features, dim=-1)


def way(features):
    """How far each frame is from the opening one."""
    return (features - features[:, :1]).norm(dim=-1)[:, 1:]


def test_weaker_changes_begin_alike_and_go_less_far(opened):
    nobody = torch.zeros(CLIPS, dtype=torch.bool)
    weaker = weaken_change(opened, nobody, 0.3)
    torch.testing.assert_close(weaker[:, 0], opened[:, 0])
    torch.testing.assert_close(weaker.norm(dim=-1), torch.ones(CLIPS, FRAMES))
    share = way(weaker) / way(opened)
    assert ((share > 0.25) & (share < 1.01)).all()
    assert share.mean(1).std() > 0.1  # each clip has its own


def test_resting_faces_keep_their_change(opened):
    weaker = weaken_change(opened, LABELS == 1, 0.1)
    torch.testing.assert_close(weaker[LABELS == 1], opened[LABELS == 1])
    assert (way(weaker)[LABELS == 0].mean(1) < way(opened)[LABELS == 0].mean(1)).all()


def test_all_frames_of_a_clip_shift_alike(moving):
    shifted = jitter_identity(moving, LABELS, 1.0)
    torch.testing.assert_close(shifted.norm(dim=-1), torch.ones(CLIPS, FRAMES))
    difference = 0.0
    for before, after in zip(moving[LABELS == 1], shifted[LABELS == 1], strict=True):
        # Undo the new lengths by two frames: f + b = s·g for each frame, with one b for both.
        left = torch.stack([after[1], -after[2]], 1)
        scales = torch.linalg.lstsq(left, (before[1] - before[2])[:, None]).solution[:, 0]
        shifts = scales[:, None] * after[1:3] - before[1:3]
        torch.testing.assert_close(shifts[0], shifts[1], atol=1e-3, rtol=0)
        difference = max(difference, float(shifts.norm(dim=-1).max()))
    assert difference > 0.05


def test_shifts_come_from_the_own_class(moving):
    same = LABELS == 0  # all their openings are alike
    shifted = jitter_identity(moving, LABELS, 1.0)
    torch.testing.assert_close(shifted[same], moving[same])
    assert not torch.allclose(shifted[~same], moving[~same], atol=1e-2)


def test_motionless_clips_stay_as_they_are(moving):
    still = moving[:, :1].expand(-1, FRAMES, -1)
    torch.testing.assert_close(jitter_identity(still, LABELS, 1.0), still)


def test_reach_bounds_the_shift(moving):
    torch.manual_seed(1)
    far = (jitter_identity(moving, LABELS, 1.0) - moving).norm(dim=-1).mean()
    torch.manual_seed(1)
    near = (jitter_identity(moving, LABELS, 0.1) - moving).norm(dim=-1).mean()
    assert near < 0.2 * far
