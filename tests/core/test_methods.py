"""What every method promises, for every module of ``core.model.methods``."""

from dataclasses import replace

import pytest
import torch

from core.checkpoint import (
    CheckpointConfig,
    checkpoint_of,
    load_checkpoint,
    save_checkpoint,
    with_labels,
    zero_shot_of,
)
from core.descriptions import ACTIONS, describe, read_descriptions
from core.errors import CheckpointError, ConfigError
from core.explain.panels import missing_panels
from core.explain.tokens import Vocabulary, nearest_words
from core.explain.vectors import text_vectors, video_vectors
from core.labels import ELEVEN
from core.model.build import build_model
from core.model.method import Method
from core.model.registry import complete_options, method_names
from core.recognizer import MANY_CLIPS, Recognizer
from core.settings import dump_settings
from tests.core.test_checkpoint import edit_config

METHODS = method_names()


@pytest.fixture
def make(tiny_config, tiny_backbone):
    def build(name, backbone=tiny_backbone, **options) -> Method:
        torch.manual_seed(1)
        full = complete_options(name, options)
        config = replace(tiny_config, method=name, options=full)
        return config, build_model(config, backbone).eval()

    return build


@pytest.fixture
def clips():
    torch.manual_seed(6)
    return torch.nn.functional.normalize(torch.randn(3, 4, 16), dim=-1)


@pytest.mark.parametrize("name", METHODS)
def test_it_compares_clips_with_classes(make, clips, name):
    config, model = make(name)
    classes, sentences = model.sentence_shape
    assert classes == len(config.labels)
    features = model.sentence_features()
    assert features.shape == (classes, sentences, 16)
    torch.testing.assert_close(features[1:2].flatten(0, 1), model.encode_sentences(
        slice(sentences, 2 * sentences)
    ))  # fmt: skip
    vectors = model.class_vectors()
    assert vectors.shape[::2] == (classes, 16)
    assert model.video_vectors(clips).shape[::2] == (3, 16)
    assert model.steps(clips, "video").shape == clips.shape
    similarities = model.similarities(clips, vectors)
    assert similarities.shape == (3, classes)
    assert similarities.abs().max() <= 2
    torch.testing.assert_close(model(clips), model.comparison.logits(similarities))


@pytest.mark.parametrize("name", METHODS)
def test_pictures_are_encoded_on_the_way(make, name):
    _, model = make(name)
    pixels = torch.randn(2, 4, 3, 32, 32)
    features = model.clip_features(pixels)
    assert features.shape == (2, 4, 16)
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(2, 4))
    torch.testing.assert_close(model(pixels), model(features))


def test_a_repeated_frame_passes_the_tower_once(make, monkeypatch):
    _, model = make("zero-shot")
    counts, encode = [], model.encode_frames
    monkeypatch.setattr(
        model, "encode_frames", lambda pixels: counts.append(len(pixels)) or encode(pixels)
    )
    frames = torch.randn(5, 3, 32, 32)
    clips = torch.stack([frames[[0, 0, 0, 0]], frames[[1, 2, 2, 1]], frames[[3, 4, 4, 4]]])
    features = model.clip_features(clips)
    assert counts == [1 + 3 + 2]
    torch.testing.assert_close(features, encode(clips.flatten(0, 1)).view(3, 4, 16))


@pytest.mark.parametrize("name", METHODS)
def test_phases_name_parts_that_are_stored(make, name):
    _, model = make(name)
    for phase in model.PHASES:
        model.phase = phase.name
        trained = {part for part in phase.trains if part in model.parts()}
        assert trained
        assert all(isinstance(model.get_submodule(part), torch.nn.Module) for part in trained)
    owned = {id(p) for part in model.parts().values() for p in part.parameters()}
    backbone = {id(p) for p in model.backbone.parameters()}
    assert not owned & backbone


@pytest.mark.parametrize("name", METHODS)
def test_a_folder_opens_as_it_was_saved(make, clips, tmp_path, name):
    config, model = make(name)
    for part in model.parts().values():
        for parameter in part.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.1)
    save_checkpoint(tmp_path / name, model.requires_grad_(False), CheckpointConfig(config))
    loaded = load_checkpoint(tmp_path / name)
    assert loaded.config.method == loaded.config.model.method == name
    assert loaded.config.model.options == config.options
    torch.testing.assert_close(loaded.model(clips), model(clips), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(loaded.class_vectors, model.class_vectors(), atol=1e-5, rtol=1e-4)
    recognizer = Recognizer(loaded, torch.device("cpu"))
    cosines = torch.from_numpy(recognizer.compare(clips.numpy()))
    expected = model.similarities(clips, model.class_vectors())
    torch.testing.assert_close(cosines, expected, atol=1e-5, rtol=1e-4)
    # Half precision, where the processor has it.
    curve = torch.from_numpy(recognizer.compare(clips.repeat(MANY_CLIPS, 1, 1).numpy()))
    torch.testing.assert_close(curve[: len(clips)], expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("name", METHODS)
def test_explanations_are_given_or_refused_in_a_sentence(make, clips, name):
    _, model = make(name)
    missing = missing_panels(model)
    assert all(reason.endswith(".") and model.TITLE in reason for reason in missing.values())
    text = text_vectors(model, model.sentence_features().detach())
    assert text.after.shape == text.before.shape
    assert (text.attention.size == 0) == ("attention_text" in missing)
    assert video_vectors(model, clips.numpy()).pooled.shape == (3, 16)
    vocabulary = Vocabulary(model.backbone, ["happy face"])
    if "tokens" in missing:
        with pytest.raises(ConfigError, match="learned no tokens"):
            nearest_words(model, vocabulary, 0, 0)
    else:
        assert nearest_words(model, vocabulary, 0, 0).words


@pytest.mark.parametrize("name", METHODS)
def test_other_classes_are_answered_or_refused(make, clips, name):
    config, model = make(name)
    checkpoint = checkpoint_of(model, CheckpointConfig(config), name="case")
    if model.class_bound_parts:
        with pytest.raises(ConfigError, match="cannot be asked about other classes"):
            with_labels(checkpoint, ELEVEN)
        return
    other = with_labels(checkpoint, ELEVEN)
    assert other.config.model.labels == ELEVEN
    # The first seven are the same classes, so they get the same answer.
    found = other.model.similarities(clips, other.class_vectors)
    expected = model.similarities(clips, model.class_vectors())
    torch.testing.assert_close(found[:, :7], expected, atol=1e-4, rtol=1e-4)


def test_an_unknown_method_and_option_are_named(make, tiny_config, tiny_backbone):
    with pytest.raises(ConfigError, match="unknown method 'clip'; choose a3lign"):
        build_model(replace(tiny_config, method="clip"), tiny_backbone)
    with pytest.raises(ConfigError, match="options of coop: unknown setting 'contexts'"):
        make("coop", contexts=3)


def test_a_folder_that_names_two_methods_is_refused(tiny_checkpoint):
    edit_config(tiny_checkpoint, method="coop")
    with pytest.raises(CheckpointError, match="names two methods, coop and a3lign"):
        load_checkpoint(tiny_checkpoint)


def test_a_folder_of_the_first_version_is_a3lign(tiny_checkpoint, tiny_config):
    """Neither ``method`` nor ``options`` stood in the model's settings then."""
    model = dump_settings(tiny_config)
    edit_config(tiny_checkpoint, model={
        key: value for key, value in model.items() if key not in {"method", "options"}
    })  # fmt: skip
    assert load_checkpoint(tiny_checkpoint).config.model == tiny_config


class TestZeroShot:
    def test_a_class_is_the_mean_of_its_sentences(self, make, tiny_config):
        _, model = make("zero-shot", templates=("a {} face", "so {}"))
        mean = model.backbone.encode_texts(["a fear face", "so fear"]).mean(0)
        row = tiny_config.labels.index("fear")
        torch.testing.assert_close(model.class_vectors()[row, 0], mean)

    def test_texts_can_be_names_descriptions_or_both(self, make):
        shapes = [
            make("zero-shot", texts=texts)[1].sentence_shape
            for texts in ("templates", "descriptions", "both")
        ]
        assert shapes == [(7, 3), (7, 4), (7, 7)]

    def test_own_descriptions_take_the_place_of_ours(self, make, tiny_config):
        own = {label: [f"{label} here"] for label in tiny_config.labels}
        _, model = make("zero-shot", texts="descriptions", descriptions=own)
        assert model.sentences[0] == ("happiness here",)

    def test_the_backbone_of_a_checkpoint_needs_no_training(self, tiny_checkpoint, clips):
        trained = load_checkpoint(tiny_checkpoint)
        bare = load_checkpoint(f"zero-shot:{tiny_checkpoint}")
        assert bare.config.model.method == "zero-shot"
        assert bare.config.model.labels == trained.config.model.labels
        shared = zero_shot_of(trained)
        assert shared.model.backbone is trained.model.backbone
        torch.testing.assert_close(
            bare.model(clips, bare.class_vectors), shared.model(clips, shared.class_vectors)
        )

    def test_the_shipped_backbone_is_the_default(self):
        assert load_checkpoint("zero-shot").config.model.backbone.name == "FaceCLIP"


class TestCoOp:
    def test_a_context_of_words_reads_like_the_sentence(self, make):
        """With the context "a photo of a" and nothing learned it is a plain sentence."""
        _, model = make("coop", context=4, words="a photo of a")
        expected = model.backbone.encode_texts(["a photo of a happiness"])
        torch.testing.assert_close(model.sentence_features()[0], expected)

    @pytest.mark.parametrize("name", ["coop", "cocoop"])
    def test_a_full_stop_follows_the_name_on_request(self, make, name):
        _, model = make(name, context=4, words="a photo of a", full_stop=True)
        expected = model.backbone.encode_texts(["a photo of a happiness."])
        torch.testing.assert_close(model.sentence_features()[0], expected)

    def test_a_specific_context_differs_between_classes(self, make):
        assert make("coop")[1].prompts.context.shape[0] == 1
        _, model = make("coop", class_specific=True)
        assert model.prompts.context.shape == (7, 16, 32)
        assert model.class_bound_parts == {"prompts"}

    def test_too_long_a_context_is_refused(self, make):
        with pytest.raises(ConfigError, match="do not fit the 77 places"):
            make("coop", context=75)

    def test_words_shorter_than_the_context_are_refused(self, make):
        with pytest.raises(ConfigError, match="too few for a context of 16"):
            make("coop", words="a face")


class TestCoCoOp:
    def test_without_a_shift_it_is_coop(self, make, clips):
        _, model = make("cocoop")
        for parameter in model.meta.parameters():
            torch.nn.init.zeros_(parameter)
        _, coop = make("coop", context=4, words="a photo of a")
        vectors = coop.class_vectors()
        torch.testing.assert_close(
            model.similarities(clips, vectors), coop.similarities(clips, vectors)
        )

    def test_every_clip_has_class_vectors_of_its_own(self, make, clips):
        _, model = make("cocoop")
        for parameter in model.meta.parameters():
            torch.nn.init.normal_(parameter)
        alone = torch.cat([model(clip[None]) for clip in clips])
        torch.testing.assert_close(model(clips), alone)
        fixed = model.comparison(clips.mean(1, keepdim=True), model.class_vectors())
        assert not torch.allclose(model.similarities(clips, model.class_vectors()), fixed)


def test_descriptions_cover_eleven_classes_and_files_are_checked(tmp_path):
    assert {len(texts) for texts in describe(ELEVEN, {})} == {4}
    assert set(ACTIONS) == set(ELEVEN)
    with pytest.raises(ConfigError, match="no description of boredom"):
        describe(("fear", "boredom"), {})
    with pytest.raises(ConfigError, match="same number of descriptions, got a 1, b 2"):
        describe(("a", "b"), {"a": ("x",), "b": ("x", "y")})
    path = tmp_path / "texts.json"
    path.write_text('{"fear": "eyes wide"}')
    with pytest.raises(ConfigError, match="must hold an object"):
        read_descriptions(path)
    path.write_text('{"fear": ["eyes wide"]}')
    assert read_descriptions(path) == {"fear": ["eyes wide"]}
