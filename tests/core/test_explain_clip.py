from dataclasses import replace

import numpy as np
import pytest
import torch

from core.curves import windowed_similarities
from core.explain.arrays import truth
from core.explain.clip import explain_clip, explain_text
from core.explain.moments import pick_moments
from core.explain.vectors import text_vectors, video_vectors
from core.model.build import build_model
from tests.core.explain_cases import (
    make_checkpoint,
    make_prediction,
    random_features,
    recognize,
    unit,
)


@pytest.fixture
def plain_model(tiny_config, tiny_backbone):
    """New temporal layers are the identity: what goes in comes out."""
    torch.manual_seed(2)
    return build_model(tiny_config, tiny_backbone)


def test_planted_sentence_lights_up_at_its_moment(plain_model, tiny_config):
    features = random_features(12, 16)
    sentences = random_features(7 * 4, 16, seed=1).reshape(7, 4, 16)
    sentences[2, 3] = features[5]
    checkpoint = make_checkpoint(plain_model, tiny_config, sentences)
    recognizer = recognize(checkpoint)
    explanation = explain_clip(checkpoint, recognizer, make_prediction(recognizer, features))
    heat = explanation.before.moment_sentences
    assert heat.shape == (12, 7, 4)
    assert np.unravel_index(heat.argmax(), heat.shape) == (5, 2, 3)
    assert heat.max() == pytest.approx(1, abs=1e-5)


def test_sentences_planted_in_order_light_up_the_diagonal(plain_model, tiny_config):
    features = random_features(4, 16)
    sentences = random_features(7 * 4, 16, seed=1).reshape(7, 4, 16)
    sentences[1] = features
    checkpoint = make_checkpoint(plain_model, tiny_config, sentences)
    recognizer = recognize(checkpoint)
    explanation = explain_clip(checkpoint, recognizer, make_prediction(recognizer, features))
    assert explanation.verdict == 1
    for view in (explanation.before, explanation.after):
        np.testing.assert_array_equal(view.sampled_sentences[:, 1].argmax(1), np.arange(4))
        np.testing.assert_allclose(np.diagonal(view.sampled_sentences[:, 1]), 1, atol=1e-5)


@pytest.mark.parametrize("head", ["joint", "own"])
@pytest.mark.parametrize("phase", ["text", "video", "joint"])
def test_clip_after_the_layers_has_the_cosines_of_the_verdict(tiny_model, tiny_config, phase, head):
    tiny_model.phase, tiny_model.text_head = phase, head
    checkpoint = make_checkpoint(tiny_model, tiny_config)
    recognizer = recognize(checkpoint)
    prediction = make_prediction(recognizer, random_features(20, 16), missing=(3, 4, 11))
    after = explain_clip(checkpoint, recognizer, prediction, with_relevance=False).after
    np.testing.assert_allclose(after.clip_classes, prediction.similarities, atol=1e-5)
    assert after.clip_classes.argmax() == prediction.probabilities.argmax()


def test_moments_after_the_layers_have_the_cosines_of_the_curve(tiny_model, tiny_config):
    checkpoint = make_checkpoint(tiny_model, tiny_config)
    recognizer = recognize(checkpoint)
    features = random_features(20, 16)
    prediction = make_prediction(recognizer, features)
    explanation = explain_clip(checkpoint, recognizer, prediction, with_relevance=False)
    curve = windowed_similarities(recognizer, features, prediction.frames.times_s)
    np.testing.assert_allclose(explanation.after.moment_classes, curve, atol=1e-5)


def test_class_vectors_are_the_mean_of_their_aligned_sentences(tiny_model, tiny_config):
    checkpoint = make_checkpoint(tiny_model, tiny_config)
    text = explain_text(checkpoint, recognize(checkpoint))
    np.testing.assert_allclose(text.after.mean(1), text.class_after, atol=1e-5)
    assert np.abs(text.after - text.before).max() > 0.01


def test_averaging_step_leaves_the_frames_as_they_are(tiny_model):
    tiny_model.phase = "text"
    clip = random_features(4, 16)[None]
    vectors = video_vectors(tiny_model, clip)
    np.testing.assert_array_equal(vectors.steps, clip)
    np.testing.assert_allclose(vectors.pooled[0], clip[0].mean(0), atol=1e-6)


def test_class_token_is_no_step_of_the_clip(tiny_config, tiny_backbone):

    with_token = replace(tiny_config, synchronizer=replace(tiny_config.synchronizer, pooling="cls"))
    model = build_model(with_token, tiny_backbone).eval()
    clip = random_features(4, 16)[None]
    assert video_vectors(model, clip).steps.shape == (1, 4, 16)
    assert text_vectors(model, model.sentence_features()).after.shape == (7, 4, 16)


def test_long_clips_are_thinned_evenly_and_keep_the_verdicts_frames(tiny_model, tiny_config):
    recognizer = recognize(make_checkpoint(tiny_model, tiny_config))
    prediction = make_prediction(recognizer, random_features(300, 16), missing=range(100, 150))
    rows = pick_moments(prediction, limit=40)
    assert 40 <= len(rows) <= 44
    assert set(prediction.sampled) <= set(rows)
    assert not set(rows) & set(range(100, 150))
    assert (np.diff(rows) > 0).all()


def test_mean_of_the_frames_stands_for_the_clip_before_the_layers(tiny_model, tiny_config):
    checkpoint = make_checkpoint(tiny_model, tiny_config)
    recognizer = recognize(checkpoint)
    features = random_features(4, 16)
    before = explain_clip(
        checkpoint, recognizer, make_prediction(recognizer, features), with_relevance=False
    ).before
    np.testing.assert_allclose(unit(before.clip), unit(features.mean(0)), atol=1e-6)


@pytest.mark.parametrize("spread", [0.01, 3.0], ids=["nearly alike", "well spread"])
def test_path_ends_at_the_verdict_by_the_verdicts_own_cosines(plain_model, tiny_config, spread):
    """Also where all sentences share nearly everything, and the video lies opposite to them."""
    common = random_features(1, 16, seed=5)[0]
    own = random_features(7, 16, seed=6)
    sentences = unit(common + spread * own[:, None] + 1e-3 * random_features(4, 16, seed=7))
    features = unit(-common + spread * own[4] + 0.02 * random_features(12, 16))
    checkpoint = make_checkpoint(plain_model, tiny_config, sentences)
    recognizer = recognize(checkpoint)
    prediction = make_prediction(recognizer, features)
    explanation = explain_clip(checkpoint, recognizer, prediction, with_relevance=False)
    told = truth(explanation, prediction)
    assert explanation.labels[4] == prediction.label == told["nearest_class"]
    assert told["ends_at_verdict"]
    assert told["nearest_sentences"] == told["last_moment"] == prediction.label
    assert told["difference_from_verdict"] < 1e-5
    assert told["lead"] > 0


def test_truth_fails_where_the_space_tells_another_story(plain_model, tiny_config):
    checkpoint = make_checkpoint(plain_model, tiny_config)
    recognizer = recognize(checkpoint)
    prediction = make_prediction(recognizer, random_features(12, 16))
    explanation = explain_clip(checkpoint, recognizer, prediction, with_relevance=False)
    worst = int(explanation.after.clip_classes.argmin())
    told = truth(replace(explanation, verdict=worst), prediction)
    assert not told["ends_at_verdict"]
    other = replace(prediction, similarities=prediction.similarities + 0.25)
    assert truth(explanation, other)["difference_from_verdict"] == pytest.approx(0.25, abs=1e-4)
