"""A hand-made face of 68 landmarks that moves as it is told."""

import numpy as np


def resting_face(
    *, mouth_open=0.0, corners_up=0.0, mouth_wide=0.0, brows_up=0.0, eyes_open=0.0, brows_in=0.0
):
    """Landmarks ``(68, 2)`` float32 as shares of the picture, -0.5 to 0.5.

    The eyes' middles are 0.36 apart; every movement is in the same unit, shares of the picture.
    """
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.36 * np.cos(angles), -0.05 + 0.47 * np.sin(angles)], 1)
    brow_x = np.array([-0.3, -0.25, -0.19, -0.13, -0.08])
    brow = np.stack([brow_x, -0.22 - 0.03 * np.array([0, 0.7, 1, 0.8, 0.4]) - brows_up], 1)
    brow[3:, 0] += brows_in
    brows = np.concatenate([brow, brow[::-1] * (-1, 1)])
    nose = [(0, -0.12), (0, -0.06), (0, 0), (0, 0.06)]
    nose += [(x, 0.1) for x in (-0.06, -0.03, 0, 0.03, 0.06)]
    half = 0.025 + eyes_open / 2
    eye = np.array([(-0.07, 0), (-0.025, -half), (0.025, -half), (0.07, 0), (0.025, half)])
    eye = np.concatenate([eye, [(-0.025, half)]]) - (0.18, 0.12)
    other_eye = eye[[3, 2, 1, 0, 5, 4]] * (-1, 1)
    reach = 0.14 + mouth_wide / 2
    xs = np.array([-1, -0.65, -0.25, 0, 0.25, 0.65, 1, 0.65, 0.25, 0, -0.25, -0.65]) * reach
    ys = np.array([0, -0.025, -0.035, -0.03, -0.035, -0.025, 0, 0.03, 0.04, 0.045, 0.04, 0.03])
    outer = np.stack([xs, 0.23 + ys], 1)
    inner_xs = np.array([-0.85, -0.4, 0, 0.4, 0.85, 0.4, 0, -0.4]) * reach
    inner = np.stack([inner_xs, 0.23 + np.array([0, -2, -2, -2, 0, 2, 2, 2]) * 0.001], 1)
    outer[7:12, 1] += mouth_open
    inner[5:, 1] += mouth_open
    outer[[0, 6], 1] -= corners_up
    inner[[0, 4], 1] -= corners_up
    jaw[5:12, 1] += mouth_open
    return np.concatenate([jaw, brows, nose, eye, other_eye, outer, inner]).astype(np.float32)
