import pytest
import torch
from open_clip.transformer import QuickGELU, ResidualAttentionBlock

from core.model.positions import Positions, sinusoids
from core.model.temporal import TemporalBlock, TemporalTransformer


def block():
    return TemporalBlock(16, heads=2, head_width=4, feedforward=8, dropout=0.0)


def clip_block():
    return TemporalBlock(16, heads=2, head_width=8, feedforward=64, dropout=0.0, kind="clip")


def make(*, awake=True, **changes):
    torch.manual_seed(2)
    positions = Positions(changes.pop("positions", "shared"), 6, 16)
    settings = {"layers": 2, "positions": positions, "pooling": "mean"} | changes
    transformer = TemporalTransformer(16, block=block, **settings)
    if awake:
        for parameter in transformer.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    return transformer.eval()


def shuffled(x):
    return x[:, torch.tensor([3, 0, 5, 1, 4, 2])]


def test_a_new_block_is_the_identity():
    x = torch.randn(2, 6, 16)
    assert torch.equal(block()(x, torch.randn(6, 16)), x)


@pytest.mark.parametrize("place", ["blocks", "sequence"])
def test_the_mean_of_a_new_transformer_is_the_mean_of_its_input(place):
    x = torch.randn(2, 6, 16)
    new = make(awake=False, place=place)
    torch.testing.assert_close(new(x, "video"), x.mean(1, keepdim=True))


def test_positions_on_the_sequence_have_the_size_of_unit_features():
    """One block by hand: x + table/√D is what it reads and carries on, and the table leaves."""
    layers = make(layers=1, place="sequence")
    x, added = torch.randn(2, 6, 16), layers.positions.tables["shared"] / 4
    expected = layers.blocks[0](x + added, None) - added
    torch.testing.assert_close(layers.steps(x, "video"), expected)
    (weights,) = layers.attention(x, "video")
    torch.testing.assert_close(weights, layers.blocks[0].attention(x + added, None))


@pytest.mark.parametrize(
    ("changes", "deviation"),
    [
        ({}, 0.71),
        ({"start": "normal"}, 1.0),
        ({"start": "normal", "deviation": 0.02}, 0.02),
    ],
)
def test_a_learned_table_starts_at_the_size_of_what_it_is_added_to(changes, deviation):
    torch.manual_seed(0)
    table = Positions("shared", 64, 128, **changes).tables["shared"]
    assert table.square().mean().sqrt().item() == pytest.approx(deviation, rel=0.05)


def test_a_block_agrees_with_torchs_attention():
    """Against nn.MultiheadAttention with the same weights (head width 8 so that H·8 = D)."""
    torch.manual_seed(0)
    ours = TemporalBlock(16, heads=2, head_width=8, feedforward=8, dropout=0.0)
    torch.nn.init.normal_(ours.attention_out.weight)
    theirs = torch.nn.MultiheadAttention(16, 2, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.query_key_value.weight)
        theirs.out_proj.weight.copy_(ours.attention_out.weight)
    x = torch.randn(3, 6, 16)
    read = torch.nn.functional.layer_norm(x, (16,))
    expected, weights = theirs(read, read, read, average_attn_weights=False)
    torch.testing.assert_close(ours(x, None) - x, expected)
    torch.testing.assert_close(ours.attention(x, None), weights)


@pytest.mark.parametrize("positions", ["shared", "separate", "sinusoidal"])
@pytest.mark.parametrize("pooling", ["mean", "cls", "last", "per-step"])
@pytest.mark.parametrize("place", ["blocks", "sequence"])
def test_order_matters_with_positions(positions, pooling, place):
    transformer = make(positions=positions, pooling=pooling, place=place)
    x = torch.randn(2, 6, 16)
    change = (transformer(x, "video") - transformer(shuffled(x), "video")).abs().max()
    assert change > 1e-3


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_order_changes_nothing_without_positions(pooling):
    transformer = make(positions="none", pooling=pooling).double()
    x = torch.randn(2, 6, 16, dtype=torch.float64)
    torch.testing.assert_close(
        transformer(x, "video"), transformer(shuffled(x), "video"), atol=1e-12, rtol=0
    )


@pytest.mark.parametrize(
    ("pooling", "steps"), [("mean", 1), ("cls", 1), ("last", 1), ("per-step", 6)]
)
def test_pooling_shapes(pooling, steps):
    assert make(pooling=pooling)(torch.randn(3, 6, 16), "text").shape == (3, steps, 16)


def test_the_class_token_starts_at_the_mean():
    transformer = make(awake=False, pooling="cls")
    torch.nn.init.zeros_(transformer.cls)
    x = torch.randn(2, 6, 16)
    torch.testing.assert_close(transformer(x, "video"), x.mean(1, keepdim=True))


def test_depth_limits_what_runs():
    transformer, x = make(layers=3), torch.randn(2, 6, 16)
    transformer.depth = 1
    shallow = transformer(x, "video")
    transformer.blocks = transformer.blocks[:1]
    transformer.depth = None
    torch.testing.assert_close(transformer(x, "video"), shallow)


def test_separate_tables_tell_text_from_video_and_shared_ones_do_not():
    x = torch.randn(2, 6, 16)
    separate, shared = make(positions="separate"), make(positions="shared")
    assert (separate(x, "text") - separate(x, "video")).abs().max() > 1e-3
    assert torch.equal(shared(x, "text"), shared(x, "video"))


def test_other_lengths_stretch_the_table():
    positions = Positions("shared", 3, 2)
    with torch.no_grad():
        positions.tables["shared"].copy_(torch.tensor([[0.0, 6.0], [1.0, 4.0], [2.0, 2.0]]))
    stretched = positions("video", 5)
    expected = torch.tensor([[0.0, 6.0], [0.5, 5.0], [1.0, 4.0], [1.5, 3.0], [2.0, 2.0]])
    torch.testing.assert_close(stretched, expected)


def test_sinusoids_by_hand():
    waves = sinusoids(3, 4)
    assert waves[0].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert waves[1, 0].item() == pytest.approx(0.84147, abs=1e-5)  # sin 1
    assert waves[2, 3].item() == pytest.approx(0.99980, abs=1e-5)  # cos 0.02


def test_attention_rows_sum_to_one():
    weights = make(pooling="cls").attention(torch.randn(2, 6, 16), "video")
    assert [tuple(layer.shape) for layer in weights] == [(2, 2, 7, 7)] * 2
    torch.testing.assert_close(weights[1].sum(-1), torch.ones(2, 2, 7))


def test_a_random_start_is_no_identity():
    torch.manual_seed(0)
    random = TemporalBlock(16, heads=2, head_width=4, feedforward=8, dropout=0.0, start=1.0)
    x = torch.randn(2, 6, 16)
    assert (random(x, None) - x).abs().max() > 1e-2


def test_the_clip_block_is_open_clips():
    torch.manual_seed(0)
    ours = clip_block()
    theirs = ResidualAttentionBlock(16, 2, mlp_ratio=4.0, act_layer=QuickGELU)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    names = {
        "norm_attention": "ln_1", "attention_out": "attn.out_proj", "norm_feedforward": "ln_2",
        "feedforward_in": "mlp.c_fc", "feedforward_out": "mlp.c_proj",
    }  # fmt: skip
    state = theirs.state_dict()
    wanted = {
        f"{mine}.{kind}": state[f"{other}.{kind}"]
        for mine, other in names.items()
        for kind in ("weight", "bias")
    }
    wanted["query_key_value.weight"] = state["attn.in_proj_weight"]
    wanted["query_key_value.bias"] = state["attn.in_proj_bias"]
    ours.load_state_dict(wanted)
    x = torch.randn(3, 6, 16)
    torch.testing.assert_close(ours(x, None), theirs(x))
