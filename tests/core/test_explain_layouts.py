import json

import numpy as np
import pytest
import torch

from core.errors import CheckpointError
from core.explain.arrays import explanation_arrays, explanation_summary, save_arrays
from core.explain.clip import explain_clip
from core.explain.layouts import MapChoice, clip_points, map_clips, preview_map
from core.explain.map import build_map
from core.explain.sentence_map import SentenceMap, map_points
from core.explain.vectors import cosines
from core.model.build import build_model
from core.settings import parse_settings
from tests.core.explain_cases import make_checkpoint, make_prediction, random_features, recognize


def explain(model, config, seed=0, count=12):
    checkpoint = make_checkpoint(model, config)
    recognizer = recognize(checkpoint)
    prediction = make_prediction(recognizer, random_features(count, 16, seed))
    return explain_clip(checkpoint, recognizer, prediction), checkpoint


@pytest.fixture
def explained(tiny_model, tiny_config):
    return explain(tiny_model, tiny_config)


def pca(side="after", mode="text"):
    return MapChoice(side, mode, "pca", 2)


@pytest.mark.parametrize("mode", ["text", "centred", "joint"])
def test_one_clip_among_its_sentences(explained, mode):
    explanation, _ = explained
    drawn = map_clips([explanation], pca(mode=mode))
    assert [each.shape for each in drawn.texts] == [(7 * 4 + 7, 2)]
    assert [each.shape for each in drawn.videos] == [(13, 2)]
    assert 0 <= drawn.faithfulness[0] <= 1


def test_two_clips_share_the_sentences_of_their_model(explained, tiny_model, tiny_config):
    other, _ = explain(tiny_model, tiny_config, seed=5, count=6)
    drawn = map_clips([explained[0], other], pca())
    assert len(drawn.texts) == 1
    assert [each.shape for each in drawn.videos] == [(13, 2), (7, 2)]
    alone = map_clips([explained[0]], pca())
    np.testing.assert_allclose(drawn.videos[0], alone.videos[0], atol=1e-5)


@pytest.mark.parametrize("mode", ["text", "centred", "joint"])
def test_two_models_bring_their_own_sentences(explained, tiny_config, tiny_backbone, mode):
    torch.manual_seed(9)
    other, _ = explain(build_model(tiny_config, tiny_backbone), tiny_config)
    drawn = map_clips([explained[0], other], pca(mode=mode))
    assert [each.shape for each in drawn.texts] == [(35, 2), (35, 2)]
    assert len(drawn.faithfulness) == 2


def test_models_of_other_width_are_refused(explained):
    from dataclasses import replace

    explanation, _ = explained
    text = explanation.text
    narrow = replace(
        explanation,
        text=replace(text, after=text.after[..., :8], class_after=text.class_after[..., :8],
                     before=text.before + 1),
        after=replace(explanation.after, moments=explanation.after.moments[:, :8],
                      clip=explanation.after.clip[:8]),
    )  # fmt: skip
    with pytest.raises(CheckpointError, match="16, 8"):
        map_clips([explanation, narrow], pca())


@pytest.fixture
def stored(explained):
    return parse_settings(SentenceMap, build_map(explained[1]), source="map.json")


def test_stored_map_keeps_the_sentences_in_place(explained, stored):
    choice = MapChoice("after", "text", "umap", 2)
    positions = stored.space("after").positions("umap", 2)
    np.testing.assert_allclose(map_clips([explained[0]], choice, stored).texts[0], positions)
    preview = preview_map(explained[0], choice, stored)
    np.testing.assert_allclose(preview.texts[0], positions)
    assert preview.videos[0].shape == (13, 2)


def test_points_of_a_map_carry_the_cosines_of_the_verdict(explained):
    """The last point of the clip and the last K points of the text are what is compared."""
    explanation, _ = explained
    clip = clip_points(explanation, "after")[-1]
    classes = map_points(explanation.text, "after")[-7:]
    np.testing.assert_allclose(cosines(clip, classes), explanation.after.clip_classes, atol=1e-5)
    assert cosines(clip, classes).argmax() == explanation.verdict


def test_files_hold_every_number(explained, tmp_path):
    explanation, _ = explained
    save_arrays(tmp_path / "numbers.npz", explanation)
    with np.load(tmp_path / "numbers.npz", allow_pickle=False) as arrays:
        assert arrays["after_sampled_sentences"].shape == (4, 7, 4)
        assert arrays["attention_video"].shape == (4, 2, 4, 4)
        assert arrays["relevance"].shape[0] == 4
        assert set(arrays) == set(explanation_arrays(explanation))


def test_summary_is_json_and_agrees_with_the_verdict(explained):
    explanation, checkpoint = explained
    prediction = make_prediction(recognize(checkpoint), random_features(12, 16, 0))
    found = explanation_summary(explanation, prediction)
    summary = json.loads(json.dumps(found, allow_nan=False))
    assert summary["truth"]["ends_at_verdict"] is True
    after = summary["after"]
    assert max(after, key=lambda label: after[label]["class_cosine"]) == summary["verdict"]
    assert len(summary["frames"]) == 4
    moments = summary["moments"]
    for place, label in enumerate(explanation.labels):
        seen = explanation.before.moment_classes[:, place]
        np.testing.assert_allclose(moments["before"][label], seen, atol=1e-6)
    assert len(moments["times_s"]) == len(moments["after"]["anger"]) == 12
    assert 1 <= after["anger"]["nearest_sentence"] <= 4
