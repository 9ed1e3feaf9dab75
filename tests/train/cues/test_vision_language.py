"""A multimodal model captions each clip once, however often it is interrupted."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from core.errors import CueError, DataError
from train.__main__ import main
from train.cues.captions import captions_file, parse_captions, read_captions
from train.cues.vision_language import Captioner
from train.data.canvases import CanvasDataset

MODEL = "somebody/talks-about-faces"


class Pipeline:
    """Answers with the number of its call; keeps what it was asked."""

    def __init__(self, fail_at=None):
        self.asked, self.fail_at = [], fail_at

    def __call__(self, **words):
        if len(self.asked) == self.fail_at:
            raise KeyboardInterrupt
        self.asked.append(words)
        return [{"generated_text": f"  Answer\n{len(self.asked)}. "}]


@pytest.fixture
def transformers(monkeypatch):
    """A package whose pipelines are ours; returns the setter of the next one."""
    module = ModuleType("transformers")
    monkeypatch.setitem(sys.modules, "transformers", module)

    def use(pipeline):
        made = []
        module.pipeline = lambda task, **words: made.append((task, words)) or pipeline
        return made

    return use


@pytest.fixture
def cues(tmp_path, canvas_file, face_clip_folder):
    """Run the command with captions by the model alone."""
    words = ["cues", "--data", canvas_file, "--layout", "canvas", "--device", "cpu"]
    words += ["--backbone", face_clip_folder, "--out", tmp_path, "--captions", MODEL]
    return lambda: main([*map(str, words), "--drawings"])


@pytest.fixture
def dataset(canvas_file):
    return CanvasDataset([canvas_file])


def test_the_model_sees_the_pictures_in_order_and_answers_in_one_line(transformers):
    pipeline = Pipeline()
    made = transformers(pipeline)
    squares = [np.full((40, 40, 3), 10 * i, np.uint8) for i in range(20)]
    assert Captioner(MODEL, torch.device("cpu")).describe(squares) == "Answer 1."
    assert made == [("image-text-to-text", {"model": MODEL, "device": torch.device("cpu")})]
    ((message,),) = (words["text"] for words in pipeline.asked)
    *pictures, request = message["content"]
    shades = [np.asarray(part["image"])[0, 0, 0] for part in pictures]
    assert shades == sorted(shades)
    assert (shades[0], shades[-1], len(shades)) == (0, 190, 8)
    assert pictures[0]["image"].size == (224, 224)
    assert request["text"].startswith("These 8 pictures")
    assert pipeline.asked[0]["generate_kwargs"]["do_sample"] is False


def test_short_clips_are_shown_whole(transformers):
    pipeline = Pipeline()
    transformers(pipeline)
    Captioner(MODEL, torch.device("cpu")).describe([np.zeros((300, 300, 3), np.uint8)] * 2)
    content = pipeline.asked[0]["text"][0]["content"]
    assert [part["type"] for part in content] == ["image", "image", "text"]
    assert content[0]["image"].size == (300, 300)


def test_every_clip_has_a_caption_with_its_source(cues, transformers, tmp_path, dataset):
    transformers(Pipeline())
    assert cues() == 0
    path = captions_file(tmp_path, dataset, MODEL)
    assert read_captions(path, dataset) == [f"Answer {i + 1}." for i in range(18)]
    assert {entry.source for entry in parse_captions(path)} == {MODEL}


def test_an_interrupted_run_asks_only_for_the_rest(cues, transformers, tmp_path, dataset):
    transformers(Pipeline(fail_at=7))
    assert cues() == 130
    path = captions_file(tmp_path, dataset, MODEL)
    assert not path.exists()
    unfinished = path.with_name(path.name + ".unfinished")
    text = unfinished.read_text()
    unfinished.write_text(text + '{"clip": "stripes/0000')
    rest = Pipeline()
    transformers(rest)
    assert cues() == 0
    assert len(rest.asked) == 11
    expected = [f"Answer {i + 1}." for i in (*range(7), *range(11))]
    assert read_captions(path, dataset) == expected
    assert not unfinished.exists()


def test_a_finished_file_is_not_asked_for_again(cues, transformers):
    transformers(Pipeline())
    assert cues() == 0
    made = transformers(Pipeline())
    assert cues() == 0
    assert made == []


def test_an_unfinished_file_of_other_pictures_is_told(cues, transformers, capsys, monkeypatch):
    transformers(Pipeline(fail_at=3))
    assert cues() == 130
    monkeypatch.setattr(CanvasDataset, "contents", lambda *_: "other")
    assert cues() == 2
    assert "other pictures of 3 clips" in capsys.readouterr().err


def test_clips_that_cannot_be_read_have_no_words(
    cues, transformers, monkeypatch, tmp_path, dataset
):
    read = CanvasDataset.read

    def failing(self, row, crop_scale):
        if row == 2:
            raise DataError("torn film")
        return read(self, row, crop_scale)

    monkeypatch.setattr(CanvasDataset, "read", failing)
    transformers(Pipeline())
    assert cues() == 0
    texts = read_captions(captions_file(tmp_path, dataset, MODEL), dataset)
    assert texts[1:4] == ["Answer 2.", "", "Answer 3."]


def test_without_transformers_the_package_is_named(cues, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert cues() == 2
    error = capsys.readouterr().err
    assert "pip install transformers" in error
    assert "--captions rules" in error


def test_a_model_that_is_none_is_named(transformers):
    def refuse(*_, **__):
        raise OSError("no such model")

    transformers(None)
    sys.modules["transformers"].pipeline = refuse
    with pytest.raises(CueError, match=f"{MODEL} cannot be loaded .*no such model"):
        Captioner(MODEL, torch.device("cpu"))


def test_a_model_for_single_pictures_is_named(transformers):
    def refuse(**_):
        raise ValueError("only one image")

    transformers(refuse)
    with pytest.raises(CueError, match="did not answer a question with 1 pictures"):
        Captioner(MODEL, torch.device("cpu")).describe([np.zeros((8, 8, 3), np.uint8)])
