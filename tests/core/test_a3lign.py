"""The joined model: phases, their seams, and what comes out."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core.model.a3lign import A3lign
from core.model.build import build_model
from core.model.comparison import Comparison


@pytest.fixture
def build(tiny_config, tiny_backbone):
    def make(*, awake=False, **synchronizer):
        torch.manual_seed(4)
        settings = replace(tiny_config.synchronizer, **synchronizer)
        model = build_model(replace(tiny_config, synchronizer=settings), tiny_backbone)
        if awake:
            for part in (model.text_encoder, model.video_encoder, model.synchronizer):
                for parameter in part.parameters():
                    torch.nn.init.normal_(parameter, std=0.4)
        return model.eval()

    return make


@pytest.fixture
def features():
    torch.manual_seed(5)
    return F.normalize(torch.randn(3, 4, 16), dim=-1)


def test_logits_by_the_equations(build, features):
    """Mean of the frames, mean of the sentences, cosine, over 0.01: the untrained text phase."""
    model = build()
    model.phase = "text"
    classes = model.sentence_features().mean(1)
    expected = F.cosine_similarity(features.mean(1)[:, None], classes[None], dim=-1) / 0.01
    torch.testing.assert_close(model(features), expected, atol=1e-3, rtol=1e-4)


def test_random_layers_are_no_louder_than_the_unit_features_they_join(build):
    """At D = 16, as at 768, one layer's output is of the size of its input, not √D times that."""
    sequence = F.normalize(torch.randn(64, 4, 16), dim=-1)
    model = build(start="random")
    first = model.video_encoder.blocks[0]
    change = (first(sequence, None) - sequence).norm(dim=-1).mean()
    assert 0.1 < change < 1.0
    assert (model.video_encoder(sequence, "video") - sequence.mean(1, keepdim=True)).norm() > 1


def test_step_2_starts_where_step_1_ended(build, features):
    model = build()
    for parameter in model.text_encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    model.phase = "text"
    reached = model(features)
    model.phase = "video"
    torch.testing.assert_close(model(features), reached)


@pytest.mark.parametrize("rest", ["new", "text", "video"])
def test_step_3_starts_where_step_2_ended(build, features, rest):
    model = build(awake=True, rest=rest)
    model.phase = "video"
    reached = model(features)
    model.begin_phase(model.PHASES[-1], restart_text=True)
    model.phase, model.before_phase, model.handover = "joint", "video", 0.0
    torch.testing.assert_close(model(features), reached)
    model.handover = 1.0
    assert (model(features) - reached).abs().max() > 1e-2


@pytest.mark.parametrize(("rest", "origins"), [("text", ["text"] * 2), ("video", ["video"] * 2)])
def test_the_synchronizers_layers_come_from_where_the_settings_say(build, rest, origins):
    model = build(awake=True, rest=rest)
    model.synchronize_modules(copied=2, rest=rest)
    wanted = list(model.video_encoder.blocks[:2])
    wanted += list(model.text_encoder.blocks if rest == "text" else model.video_encoder.blocks[2:])
    for block, origin in zip(model.synchronizer.blocks, wanted, strict=True):
        for name, tensor in block.state_dict().items():
            assert torch.equal(tensor, origin.state_dict()[name])
    table = model.synchronizer.positions.tables["shared"]
    assert torch.equal(table, model.video_encoder.positions.tables["shared"])


def test_a_longer_synchronizer_goes_on_with_new_layers(build, features):
    """Two of video, two of text, and what follows is the identity."""
    model = build(layers=5, rest="text")
    for parameter in (*model.text_encoder.parameters(), *model.video_encoder.parameters()):
        torch.nn.init.normal_(parameter, std=0.4)
    model.synchronize_modules(copied=2, rest="text")
    model.phase = "joint"
    whole = model.video_vectors(features)
    model.synchronizer.depth = 4
    torch.testing.assert_close(model.video_vectors(features), whole)
    model.synchronizer.depth = 3
    assert (model.video_vectors(features) - whole).abs().max() > 1e-2


def test_new_layers_of_the_synchronizer_change_nothing(build, features):
    model = build()
    for parameter in model.video_encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    model.synchronize_modules(copied=2, rest="new")
    model.phase = "joint"
    whole = model.video_vectors(features)
    model.synchronizer.depth = 2
    torch.testing.assert_close(model.video_vectors(features), whole)


def test_separate_position_tables_start_from_their_own_encoders(build):
    model = build(awake=True, positions="separate")
    model.synchronize_modules(copied=2, rest="new")
    tables = model.synchronizer.positions.tables
    assert torch.equal(tables["text"], model.text_encoder.positions.tables["shared"])
    assert torch.equal(tables["video"], model.video_encoder.positions.tables["shared"])


def test_text_and_video_share_the_synchronizer(build, features):
    model = build(awake=True)
    assert torch.equal(model.align_text(features), model.video_vectors(features))


def test_text_may_keep_its_own_head(build, features):
    model = build(awake=True, text_head="own")
    joint = model.align_text(features)
    model.phase = "video"
    assert torch.equal(model.align_text(features), joint)
    model.phase = "joint"
    assert "text_encoder" in model.parts()
    assert (model.video_vectors(features) - joint).abs().max() > 1e-2


@pytest.mark.parametrize("pooling", ["mean", "cls", "last", "per-step"])
def test_every_pooling_gives_one_logit_per_class(build, features, pooling):
    assert build(awake=True, pooling=pooling)(features).shape == (3, 7)


def test_class_vectors_reproduce_the_logits_without_the_text_tower(build, features):
    model = build(awake=True)
    classes = model.class_vectors().detach()
    expected = model(features)
    model.backbone.clip.transformer = None
    torch.testing.assert_close(model(features, classes), expected)


def test_permuting_frames_matters_exactly_when_there_are_positions(build, features):
    order = torch.tensor([2, 0, 3, 1])
    model = build(awake=True)
    assert (model(features) - model(features[:, order])).abs().max() > 1e-2
    model = build(awake=True, positions="none")
    model.synchronizer.double()  # sums in another order differ in the last bit only
    video, mixed = (model.video_vectors(clips.double()) for clips in (features, features[:, order]))
    torch.testing.assert_close(video, mixed, atol=1e-12, rtol=0)


def test_fewer_sentences_than_frames_are_allowed(tiny_config, tiny_backbone, features):
    tokens = replace(tiny_config.tokens, sentences=1)
    model = build_model(replace(tiny_config, tokens=tokens), tiny_backbone)
    assert model(features).shape == (3, 7)


@pytest.mark.parametrize(
    ("phase", "handover", "expected"),
    [
        ("text", 1.0, {"text_encoder"}),
        ("video", 1.0, {"text_encoder", "video_encoder"}),
        ("joint", 0.5, {"synchronizer"}),
        ("joint", 1.0, {"synchronizer"}),
    ],
)
def test_parts_are_what_the_phase_uses(build, phase, handover, expected):
    model = build()
    model.phase, model.handover = phase, handover
    assert set(model.parts()) == expected | {"comparison", "tokens"}


class TestComparison:
    def test_cosine_ignores_length_and_dot_does_not(self):
        video, classes = torch.randn(2, 1, 8), torch.randn(3, 1, 8)
        cosine = Comparison(0.01, learn_temperature=False, similarity="cosine")
        dot = Comparison(0.01, learn_temperature=False, similarity="dot")
        torch.testing.assert_close(cosine(video * 5, classes), cosine(video, classes))
        torch.testing.assert_close(dot(video * 5, classes), 5 * dot(video, classes))

    def test_per_step_pairs_are_averaged(self):
        video, classes = torch.randn(2, 4, 8), torch.randn(3, 4, 8)
        comparison = Comparison(1.0, learn_temperature=False, similarity="cosine")
        expected = F.cosine_similarity(video[:, None], classes[None], dim=-1).mean(-1)
        torch.testing.assert_close(comparison(video, classes), expected)

    def test_temperature_is_trained_only_on_request(self):
        for learn in (False, True):
            comparison = Comparison(0.01, learn_temperature=learn, similarity="cosine")
            assert comparison.log_scale.requires_grad is learn
            assert comparison.logits(torch.ones(1)).item() == pytest.approx(100, rel=1e-5)

    def test_stays_exact_under_autocast(self):
        video, classes = torch.randn(2, 1, 64), torch.randn(3, 1, 64)
        comparison = Comparison(0.01, learn_temperature=False, similarity="cosine")
        expected = comparison(video, classes)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(comparison(video, classes), expected)


def test_it_is_a_method_with_one_owner_per_weight(tiny_model: A3lign):
    storages = [p.data_ptr() for p in tiny_model.parameters()]
    assert len(storages) == len(set(storages))
