import pytest
import torch

from core.config import TokensConfig
from core.errors import ConfigError
from core.model.tokens import PERIOD, AlignmentTokens
from core.settings import parse_settings


def make(backbone, **changes):
    torch.manual_seed(3)
    settings = {"classes": 2, "sentences": 3, "tokens": 5, "deviation": 0.02} | changes
    return AlignmentTokens(backbone, **settings)


def test_shapes_and_unit_length(tiny_backbone):
    features = make(tiny_backbone)(tiny_backbone)
    assert features.shape == (2, 3, 16)
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(2, 3))


def test_short_sentences_equal_the_77_position_text_path(tiny_backbone):
    """start, L tokens, period, end and padding through open_clip's own encode_text."""
    tokens = make(tiny_backbone)
    clip = tiny_backbone.clip
    ids = tiny_backbone.tokenize(["x x x x x" + PERIOD])
    assert ids[0, 7] == ids.max()  # start, five words, period, end
    expected = []
    for row in tokens.embeddings.flatten(0, 1):
        whole = clip.token_embedding(ids)
        whole[0, 1:6] = row
        hook = clip.token_embedding.register_forward_hook(lambda *_, out=whole: out)
        expected.append(clip.encode_text(ids, normalize=True))
        hook.remove()
    torch.testing.assert_close(tokens(tiny_backbone).flatten(0, 1), torch.cat(expected))


def test_only_the_learnable_places_get_a_gradient(tiny_backbone):
    tokens = make(tiny_backbone)
    tokens(tiny_backbone)[0, 1].sum().backward()
    touched = tokens.embeddings.grad.abs().sum(-1) > 0  # (K, S, L)
    assert touched[0, 1].all()
    touched[0, 1] = False
    assert not touched.any()
    assert list(dict(tokens.named_parameters())) == ["embeddings"]


def test_a_share_of_the_sentences_is_the_same_share_of_all(tiny_backbone):
    tokens = make(tiny_backbone)
    whole = tokens(tiny_backbone).flatten(0, 1)
    torch.testing.assert_close(tokens.encode(tiny_backbone, slice(2, 5)), whole[2:5])


def test_74_tokens_fit_and_75_are_refused_with_the_reason(tiny_backbone):
    settings = parse_settings(TokensConfig, {"tokens": 74}, source="test")
    features = make(tiny_backbone, tokens=settings.tokens, sentences=1)(tiny_backbone)
    assert features.shape == (2, 1, 16)
    with pytest.raises(ConfigError, match=r"at most 74 .* 77 .* start, period and end"):
        parse_settings(TokensConfig, {"tokens": 75}, source="test")


def test_random_start_has_the_stated_deviation(tiny_backbone):
    tokens = make(tiny_backbone, sentences=30, tokens=40, deviation=0.5)
    assert tokens.embeddings.std().item() == pytest.approx(0.5, rel=0.02)


def test_starting_from_words_repeats_the_description(tiny_backbone):
    words = ["a happy face", "a sad face"]
    tokens = make(tiny_backbone, descriptions=words, deviation=1e-9)
    ids = tiny_backbone.tokenize(words)[1, [1, 2, 3, 1, 2]]
    expected = tiny_backbone.embed_ids(ids[None])[0]
    torch.testing.assert_close(tokens.embeddings[1, 0], expected, atol=1e-6, rtol=0)
