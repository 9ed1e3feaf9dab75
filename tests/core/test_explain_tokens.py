from dataclasses import replace

import numpy as np
import pytest
import torch

from core.explain.captions import sentence_captions
from core.explain.tokens import (
    Vocabulary,
    drift,
    nearest_words,
    sentence_family,
    within_classes,
)
from core.model.build import build_model
from tests.core.explain_cases import random_features


def embedding_of(backbone, word):
    return backbone.embed_ids(backbone.tokenize([word])[:, 1:2])[0, 0]


def test_planted_words_are_found_again(tiny_model):
    with torch.no_grad():
        for place, word in enumerate(["smile", "happy", "angry"]):
            tiny_model.tokens.embeddings[2, 1, place] = 3 * embedding_of(tiny_model.backbone, word)
    found = nearest_words(tiny_model, Vocabulary(tiny_model.backbone), 2, 1, count=4)
    assert [words[0] for words in found.words] == ["smile", "happy", "angry"]
    np.testing.assert_allclose(found.cosines[:, 0], 1, atol=1e-5)
    assert (np.diff(found.cosines, axis=1) <= 0).all()
    assert found.norms[0] == pytest.approx(
        3 * float(embedding_of(tiny_model.backbone, "smile").norm()), rel=1e-4
    )


def test_start_and_end_are_no_words(tiny_model):
    backbone = tiny_model.backbone
    vocabulary = Vocabulary(backbone)
    assert len(vocabulary.words) == backbone.clip.token_embedding.num_embeddings - 2
    assert not any("start_of_text" in word or "end_of_text" in word for word in vocabulary.words)


def test_pieces_of_words_are_marked(tiny_model):
    words = Vocabulary(tiny_model.backbone).words
    assert "smile" in words
    assert any(word.endswith("-") and len(word) > 3 for word in words)


def test_captions_name_whole_words_once_nearest_first(tiny_model):
    backbone = tiny_model.backbone
    vocabulary = Vocabulary(backbone, ["happy smile angry smiles furrowed"])
    assert not all(vocabulary.is_whole(word) for word in vocabulary.words)  # pieces are there
    with torch.no_grad():
        tiny_model.tokens.embeddings.zero_()
        for place, (word, size) in enumerate([("smile", 1), ("happy", 2), ("smile", 3)]):
            tiny_model.tokens.embeddings[1, 2, place] = size * embedding_of(backbone, word)
    captions = sentence_captions(tiny_model, vocabulary)
    assert np.shape(captions) == (7, 4)
    words = captions[1][2].split(", ")
    assert set(words[:2]) == {"smile", "happy"}
    assert len(words) == len(set(words)) == 3
    assert set(words) <= {"happy", "smile", "angry", "smiles", "furrowed"}


def test_plain_sentences_are_their_own_captions(tiny_config, tiny_backbone):
    config = replace(tiny_config, method="zero-shot", options={"templates": ["a {} face", "{}"]})
    model = build_model(config, tiny_backbone)
    captions = sentence_captions(model, Vocabulary(tiny_backbone))
    assert captions[0] == ["a happiness face", "happiness"]
    assert len(captions) == 7


def test_restricted_vocabulary_knows_the_given_words_only(tiny_model):
    vocabulary = Vocabulary(tiny_model.backbone, ["a happy face", "brows lowered"])
    assert set(vocabulary.words) == {"a", "happy", "face", "brows", "lowered"}
    found = nearest_words(tiny_model, vocabulary, 0, 0, count=10)
    assert all(len(words) == 5 for words in found.words)


def test_collapse_shows_in_the_family(tiny_model):
    sentences = random_features(7 * 4, 16).reshape(7, 4, 16)
    sentences[3] = sentences[3, :1]
    family = sentence_family(tiny_model, sentences, sentences.mean(1))
    assert family.sentences.shape == (28, 28)
    assert family.classes.shape == (7, 7)
    assert family.norms.shape == (7, 4)
    assert family.within[3] == pytest.approx(1, abs=1e-5)
    assert np.delete(family.within, 3).max() < 0.9
    assert abs(family.between) < 0.2
    np.testing.assert_allclose(np.diagonal(family.sentences), 1, atol=1e-5)
    assert family.gathered == (3,)


def test_a_single_sentence_never_gathered(tiny_model):
    family = sentence_family(tiny_model, random_features(7, 16)[:, None], random_features(7, 16))
    assert replace(family, norms=np.zeros((7, 1), np.float32)).gathered == ()


def test_within_is_the_mean_over_different_pairs():
    right_angle = np.eye(3, dtype=np.float32)[None]
    np.testing.assert_allclose(within_classes(right_angle), 0, atol=1e-6)
    np.testing.assert_allclose(within_classes(right_angle[:, :1]), 1)


def test_drift_is_zero_unmoved_and_one_at_a_right_angle():
    start = np.eye(2, dtype=np.float32)
    np.testing.assert_allclose(drift(start, 5 * start), 0, atol=1e-6)
    np.testing.assert_allclose(drift(start, start[::-1]), 1, atol=1e-6)
    np.testing.assert_allclose(drift(start, -start), 2, atol=1e-6)
