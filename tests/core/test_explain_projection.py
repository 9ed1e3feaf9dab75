import numpy as np
import pytest

from core.explain.projection import (
    Layout,
    faithfulness,
    fit,
    lay_out,
    place_between,
)
from core.explain.warmup import UmapWarmup
from tests.core.explain_cases import random_features, unit


@pytest.fixture(scope="module")
def clusters():
    """Four classes of ten sentences, and twenty moments across a modality gap."""
    generator = np.random.default_rng(0)
    centers = generator.normal(size=(4, 32))
    owner = np.repeat(np.arange(4), 10)
    text = unit(centers[owner] + 0.5 * generator.normal(size=(40, 32)))
    gap = 3 * generator.normal(size=32)
    classes = np.repeat(np.arange(4), 5)
    video = unit(centers[classes] + 0.5 * generator.normal(size=(20, 32)) + gap)
    return text, video, owner


@pytest.mark.parametrize("technique", ["umap", "pca"])
def test_same_input_gives_the_same_map(clusters, technique):
    text, video, _ = clusters
    first = lay_out(text, video, mode="text", technique=technique)
    again = lay_out(text, video, mode="text", technique=technique)
    np.testing.assert_array_equal(first.text, again.text)
    np.testing.assert_array_equal(first.video, again.video)
    assert first.technique == technique


def test_raw_joint_map_is_misled_by_the_gap_and_the_others_are_not(clusters):
    text, video, owner = clusters
    shares = {
        mode: faithfulness(lay_out(text, video, mode=mode, technique="umap"), text, video, owner)
        for mode in ("text", "centred", "joint")
    }
    assert shares["joint"] < 0.6
    assert shares["centred"] > 0.9
    assert shares["text"] > 0.9


@pytest.mark.parametrize("technique", ["umap", "pca"])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_dimensions(clusters, technique, dimensions):
    text, video, _ = clusters
    layout = lay_out(text, video, mode="text", technique=technique, dimensions=dimensions)
    assert layout.text.shape == (40, dimensions)
    assert layout.video.shape == (20, dimensions)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_too_few_points_fall_back_to_pca_and_say_so(count):
    layout = lay_out(
        random_features(count, 8), random_features(2, 8, seed=1), mode="text", technique="umap"
    )
    assert layout.technique == "pca"
    assert layout.text.shape == (count, 2)
    assert np.isfinite(layout.video).all()


def test_few_points_are_enough_for_umap():
    layout = lay_out(
        random_features(6, 8), random_features(1, 8, seed=1), mode="joint", technique="umap"
    )
    assert layout.technique == "umap"
    assert np.isfinite(layout.video).all()


@pytest.mark.parametrize("mode", ["text", "centred", "joint"])
def test_map_without_a_video(mode):
    layout = lay_out(
        random_features(6, 8), np.empty((0, 8), np.float32), mode=mode, technique="pca"
    )
    assert layout.video.shape == (0, 2)


def test_first_axis_of_pca_has_the_largest_spread():
    points = np.random.default_rng(0).normal(size=(50, 3)) * [1, 5, 0.1]
    positions = fit(points.astype(np.float32), "pca", 2).positions
    np.testing.assert_allclose(
        np.abs(positions[:, 0]), np.abs(points[:, 1] - points[:, 1].mean()), atol=0.2
    )


def test_known_mean_keeps_what_all_moments_share(clusters):
    text, video, _ = clusters
    happy = video[:5]
    own = lay_out(text, happy, mode="centred", technique="pca")
    known = lay_out(text, happy, mode="centred", technique="pca", video_mean=video.mean(0))
    # The origin of the map stands for the average of all videos, or of this one alone.
    assert np.linalg.norm(known.video.mean(0)) > 2 * np.linalg.norm(own.video.mean(0))


def test_preview_puts_a_known_point_on_itself():
    positions = np.random.default_rng(1).normal(size=(40, 2)).astype(np.float32)
    apart = np.eye(40, 64, dtype=np.float32)
    np.testing.assert_allclose(place_between(apart[:7], apart, positions), positions[:7], atol=1e-3)


def test_stored_map_is_kept_and_the_video_placed_on_it(clusters):
    text, video, owner = clusters
    fresh = lay_out(text, video[:0], mode="text", technique="umap")
    stored = np.add(fresh.text, [100, 200])
    layout = lay_out(text, video, mode="text", technique="umap", stored=stored)
    np.testing.assert_allclose(layout.text, stored)
    assert faithfulness(layout, text, video, owner) > 0.9


def test_preview_lies_among_the_nearest(clusters):
    text, video, owner = clusters
    layout = lay_out(text, video[:0], mode="text", technique="pca")
    placed = place_between(video, text, layout.text)
    assert faithfulness(Layout(layout.text, placed, "pca"), text, video, owner) >= 0.9


def test_faithfulness_counts_moments_whose_neighbour_is_of_the_right_class():
    text = np.eye(2, dtype=np.float32)
    video = np.array([[1, 0.1], [1, 0.2], [0.1, 1], [0.2, 1]], np.float32)
    positions = np.array([[0, 0], [1, 0]], np.float32)
    on_map = np.array([[0.1, 0], [0.9, 0], [0.8, 0], [1, 1]], np.float32)
    share = faithfulness(Layout(positions, on_map, "pca"), text, video, np.array([0, 1]))
    assert share == pytest.approx(0.75)


def test_warmup_tells_when_umap_is_ready():
    warmup = UmapWarmup()
    assert not warmup.ready
    warmup.start()
    warmup.start()
    assert warmup.wait(600)
    assert warmup.ready
    assert not warmup.failed


def test_broken_umap_is_reported_and_not_raised(monkeypatch, caplog):
    def broken(*_):
        raise ImportError("no compiler")

    monkeypatch.setattr("core.explain.warmup.fit", broken)
    warmup = UmapWarmup()
    warmup.start()
    assert not warmup.wait(600)
    assert warmup.failed
    assert "PCA" in caplog.text
