import numpy as np
import pytest
import torch

from core.explain.attention import attention_maps, attention_received
from core.explain.influence import frame_influence, lead, shuffled, without_each
from core.model.build import build_model
from core.model.positions import Positions
from core.model.temporal import TemporalBlock, TemporalTransformer
from tests.core.explain_cases import random_features, unit

STEPS, WIDTH, CONTENT = 8, 48, 32


def softmax(similarities):
    powers = np.exp(similarities * 20)
    return powers / powers.sum(-1, keepdims=True)


def looking_at(order):
    """A one-layer transformer whose every step reads the frame at the first place of ``order``.

    The first 32 dimensions carry content, the rest the place. Place ``j`` has its own direction;
    the keys of the direction ``order[0]`` are what all queries look for.
    """
    block = TemporalBlock(WIDTH, heads=1, head_width=WIDTH, feedforward=4, dropout=0.0)
    layers = TemporalTransformer(
        WIDTH,
        block=lambda: block,
        layers=1,
        positions=Positions("shared", STEPS, WIDTH),
        pooling="mean",
    )
    place = torch.eye(STEPS)[torch.as_tensor(order)]
    with torch.no_grad():
        table = torch.zeros(STEPS, WIDTH)
        table[:, CONTENT : CONTENT + STEPS] = place
        table[:, -1] = 1.0
        layers.positions.tables["shared"].copy_(10 * table)
        query, key, value = block.query_key_value.weight.view(3, WIDTH, WIDTH).unbind(0)
        for matrix in (query, key, value):
            matrix.zero_()
        query[0, -1] = 10.0
        key[0, CONTENT] = 1.0
        value[:CONTENT, :CONTENT] = torch.eye(CONTENT)
        block.attention_out.weight[:CONTENT, :CONTENT] = 5 * torch.eye(CONTENT)
    return layers.eval()


def compare_with(layers, classes):
    @torch.no_grad()
    def compare(clips):
        pooled = layers(torch.from_numpy(clips), "video")[:, 0].numpy()
        return unit(pooled) @ unit(classes).T

    return compare


@pytest.fixture
def clip():
    """Eight unlike frames with content in the first 32 dimensions only."""
    features = random_features(STEPS, WIDTH)
    features[:, CONTENT:] = 0
    return unit(features)


@pytest.mark.parametrize("watched", [0, 3, 7])
def test_planted_order_shows_in_the_strip(clip, watched):
    order = np.roll(np.arange(STEPS), watched)
    classes = np.stack([clip[watched], -clip[watched]])
    influence = frame_influence(clip, 0, compare_with(looking_at(order), classes), softmax)
    assert influence.margin.argmax() == watched
    others = np.delete(influence.margin, watched)
    assert influence.margin[watched] > 4 * np.abs(others).max()
    assert influence.shuffled_margin < lead(compare_with(looking_at(order), classes)(clip[None]), 0)


def test_shuffled_attention_does_not_show_it(clip):
    watched = 3
    order = np.roll(np.arange(STEPS), watched + 2)  # now the frame two places later is read
    classes = np.stack([clip[watched], -clip[watched]])
    strip = frame_influence(clip, 0, compare_with(looking_at(order), classes), softmax).margin
    planted = looking_at(np.roll(np.arange(STEPS), watched))
    with_order = frame_influence(clip, 0, compare_with(planted, classes), softmax).margin
    assert strip[watched] < 0.5 * with_order[watched]


def test_attention_map_shows_what_is_read(clip, tiny_config, tiny_backbone):
    model = build_model(tiny_config, tiny_backbone)
    model.synchronizer = looking_at(np.roll(np.arange(STEPS), 5))
    maps = attention_maps(model, clip[None], "video")
    assert maps.shape == (1, 1, 1, STEPS, STEPS)
    np.testing.assert_allclose(maps.sum(-1), 1, atol=1e-5)
    received = attention_received(maps)[0, 0, 0]
    assert received.argmax() == 5
    assert received[5] > 0.9


def test_no_layers_give_no_attention(tiny_model):
    tiny_model.phase = "text"
    assert attention_maps(tiny_model, random_features(4, 16)[None], "video").shape == (
        1,
        0,
        0,
        4,
        4,
    )
    assert attention_maps(tiny_model, random_features(4, 16)[None], "text").shape[1] > 0


def test_order_does_not_matter_to_a_mean(clip):
    classes = random_features(3, WIDTH, seed=4)

    def compare(clips):
        return unit(clips.mean(1)) @ classes.T

    full = lead(compare(clip[None]), 1)[0]
    influence = frame_influence(clip, 1, compare, softmax)
    assert influence.shuffled_margin == pytest.approx(full, abs=1e-5)
    assert influence.shuffled_probability == pytest.approx(
        softmax(compare(clip[None]))[0, 1], abs=1e-5
    )


def test_motionless_clip_owes_nothing_to_any_single_frame():
    clip = np.repeat(random_features(1, 16), 6, axis=0)

    def compare(clips):
        return clips.mean(1) @ random_features(3, 16, seed=5).T

    influence = frame_influence(clip, 0, compare, softmax)
    np.testing.assert_allclose(influence.margin, 0, atol=1e-6)
    np.testing.assert_allclose(influence.probability, 0, atol=1e-6)


def test_frame_against_the_verdict_has_negative_influence():
    classes = np.eye(2, 4, dtype=np.float32)
    clip = np.repeat(classes[:1], 5, axis=0)
    clip[2] = classes[1]

    def compare(clips):
        return unit(clips.mean(1)) @ classes.T

    influence = frame_influence(clip, 0, compare, softmax)
    assert influence.margin.argmin() == 2
    assert influence.margin[2] < 0


def test_neighbours_take_the_place_of_a_missing_frame():
    clip = np.eye(3, 4, dtype=np.float32)
    without = without_each(clip)
    np.testing.assert_allclose(without[1, 1], unit(clip[0] + clip[2]))
    np.testing.assert_allclose(without[0, 0], clip[1])
    np.testing.assert_allclose(without[2, 2], clip[1])
    np.testing.assert_array_equal(without[1, [0, 2]], clip[[0, 2]])


def test_shuffles_keep_the_frames_and_repeat_for_a_seed():
    clip = random_features(5, 8)
    orders = shuffled(clip, orders=6)
    for order in orders:
        np.testing.assert_allclose(np.sort(order, 0), np.sort(clip, 0))
    np.testing.assert_array_equal(orders, shuffled(clip, orders=6))
    assert np.abs(orders - clip).max() > 0
