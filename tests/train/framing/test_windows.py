"""Windows hold their faces where they say."""

import torch

from core.faces.framing.points import WINDOW_PX
from train.framing.windows import Carelessness, random_windows

SPOTS = torch.tensor([[20.0, 25.0], [43.0, 25.0], [32.0, 46.0]])


def canvases(count):
    """Three soft bright spots on black."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    spots = sum(torch.exp(-((x - sx) ** 2 + (y - sy) ** 2) / 4) for sx, sy in SPOTS)
    points = (SPOTS + 0.5) / 64 * 2 - 1
    return (spots * 255).clamp(0, 255).to(torch.uint8).expand(count, -1, -1), points.expand(
        count, -1, -1
    )


def test_the_points_follow_the_picture():
    images, points = random_windows(
        *canvases(32), Carelessness(), torch.Generator().manual_seed(0), plain=True
    )
    pixels = ((points + 1) / 2 * WINDOW_PX - 0.5).round().long()
    checked = 0
    for image, places in zip(images, pixels, strict=True):
        for x, y in places.tolist():
            if 1 <= x < WINDOW_PX - 1 and 1 <= y < WINDOW_PX - 1:
                checked += 1
                assert image[0, y - 1 : y + 2, x - 1 : x + 2].max() > 2
    assert checked > 60


def test_left_stays_left_in_the_mirror():
    _, points = random_windows(
        *canvases(64), Carelessness(), torch.Generator().manual_seed(0), plain=True
    )
    assert bool((points[:, 0, 0] < points[:, 1, 0]).all())


def test_windows_vary_as_asked():
    still = Carelessness(zoom=1.0, shift=0.0, turn=0.0)
    generator = torch.Generator().manual_seed(0)
    _, same = random_windows(*canvases(16), still, generator, plain=True)
    _, varied = random_windows(*canvases(16), Carelessness(), generator, plain=True)
    assert same[:, 2].abs().std(0).max() < 1e-5
    assert varied[:, 2].abs().std(0).min() > 0.05
