"""``train cues``: drawings and captions of a dataset, stored beside its frames' features."""

import json
import shutil

import numpy as np
import pytest
import torch

from core.config import PreprocessConfig
from core.cues.drawings import KINDS, draw_parts
from core.errors import CueError, DataError
from core.model.backbones import load_face_clip
from core.preprocess import preprocess_crops
from tests.cue_doubles import resting_face
from tests.train import layouts
from train.__main__ import main
from train.commands import cues as command
from train.cues import landmarks
from train.cues.captions import captions_file, parse_captions, read_captions
from train.cues.drawn import DrawnDataset
from train.cues.landmarks import find_landmarks, landmark_key, read_tracks
from train.cues.reading import cue_mask, open_drawings
from train.data.canvases import CanvasDataset
from train.data.crops import CropPictures
from train.data.layouts.registry import DataOptions, open_dataset
from train.features.bank import Gatherer
from train.features.key import StoreKey
from train.features.store import FeatureStore


class Dozing:
    """Finds a mouth that opens with the picture's light; every third time it finds no face."""

    name = "dozing-1"
    calls = 0

    def find(self, image):
        type(self).calls += 1
        if self.calls % 3 == 0:
            return None
        side = image.shape[0] / 1.5
        face = resting_face(mouth_open=float(image.mean()) / 2000)
        return (face + 0.75) * side - 0.5

    def close(self):
        pass


@pytest.fixture(autouse=True)
def landmarker(monkeypatch):
    """Takes the place of MediaPipe; counts its calls."""
    Dozing.calls = 0
    monkeypatch.setattr(landmarks, "open_landmarker", lambda _: Dozing())
    return Dozing


def asleep(_):
    raise CueError("no landmarker is at hand")


def make_canvas(root, canvas_file):
    root.mkdir()
    return shutil.copy(canvas_file, root / "stripes.npz")


@pytest.fixture(params=["canvas", "dfew", "ferv39k", "mafw", "folders", "table"])
def data(request, tmp_path, canvas_file):
    """Words for the command line, and the dataset that they mean."""
    layout = request.param
    if layout == "canvas":
        path = make_canvas(tmp_path / "data", canvas_file)
    else:
        path = getattr(layouts, f"make_{layout}")(tmp_path / "data", 6)
    detector = "center" if layout in {"mafw", "folders", "table"} else None
    words = ["--data", path, "--layout", layout, *(["--detector", detector] if detector else [])]
    return words, open_dataset(DataOptions([path], layout, detector=detector))


@pytest.fixture
def stripes(tmp_path, canvas_file):
    """Words and dataset of the canvases alone."""
    path = make_canvas(tmp_path / "data", canvas_file)
    return ["--data", path, "--layout", "canvas"], CanvasDataset([path])


@pytest.fixture
def run(tmp_path, face_clip_folder):
    """Run a command on a backbone that takes a moment."""

    def call(name, words, *more):
        places = {"cues": ["--out", tmp_path / "cues"], "extract": ["--cache", tmp_path / "cache"]}
        backbone = ["--backbone", face_clip_folder, "--device", "cpu"]
        return main([str(word) for word in (name, *words, *backbone, *places[name], *more)])

    return call


def frames_of(tmp_path, dataset):
    """Key and bank of the frames' features, as ``fit`` would open them."""
    (path,) = (tmp_path / "cache").glob("*/cache.json")
    key = StoreKey.from_json(json.loads(path.read_text()))
    return key, FeatureStore.for_dataset(tmp_path / "cache", key, dataset).open()


def test_cues_lie_beside_the_frames_in_every_layout(data, run, tmp_path, landmarker):
    words, dataset = data
    assert run("extract", words, "--views", 2) == 0
    assert run("cues", words) == 0
    key, frames = frames_of(tmp_path, dataset)
    assert landmarker.calls == frames.lengths.sum() > 0
    unseen = np.arange(1, landmarker.calls + 1) % 3 == 0
    for kind in KINDS:
        bank = open_drawings(tmp_path / "cues", key, dataset, kind, frames.lengths)
        assert bank.lengths.tolist() == frames.lengths.tolist()
        features = torch.from_numpy(np.concatenate(bank.parts)[:, 0].astype(np.float32))
        assert cue_mask(features).tolist() == (~unseen).tolist()
        norms = features.norm(dim=-1)[~unseen]
        assert torch.allclose(norms, torch.ones_like(norms), atol=1e-2)
    texts = read_captions(captions_file(tmp_path / "cues", dataset, "rules"), dataset)
    seen = [int((~part).sum()) for part in np.split(unseen, np.cumsum(frames.lengths)[:-1])]
    assert [bool(text) for text in texts] == [count >= 3 for count in seen]
    assert all(text.endswith("still.") for text in texts if text)


def test_a_batch_is_gathered_as_frames_are(stripes, run, tmp_path):
    words, dataset = stripes
    assert run("extract", words, "--views", 2) == run("cues", words) == 0
    key, frames = frames_of(tmp_path, dataset)
    bank = open_drawings(tmp_path / "cues", key, dataset, "parts", frames.lengths)
    gather = Gatherer(bank, torch.device("cpu"), 10**9)
    clips, views = np.array([0, 5]), np.array([1, 0])
    found = gather(clips, np.array([[0, 1, 2], [2, 1, 0]]), views % bank.views)
    start = int(frames.starts()[5])
    assert found.shape == (2, 3, 16)
    assert cue_mask(found)[0].tolist() == [True, True, False]
    assert cue_mask(found)[1].tolist() == [(start + i + 1) % 3 != 0 for i in (2, 1, 0)]


def test_a_feature_is_that_of_the_drawing(stripes, run, tmp_path, face_clip_folder):
    words, dataset = stripes
    assert run("extract", words) == run("cues", words) == 0
    backbone, settings = load_face_clip(face_clip_folder)
    points = landmark_key(dataset, settings.preprocess, Dozing.name)
    store = FeatureStore.for_dataset(tmp_path / "cues", points, dataset)
    point = read_tracks(store)[0][0]
    light = dataset.read(0, 1.0).canvases[0, 8:-8, 8:-8].mean() / 1.5**2
    assert point == pytest.approx(resting_face(mouth_open=light / 2000), abs=1e-3)
    key, frames = frames_of(tmp_path, dataset)
    for kind, draw in KINDS.items():
        bank = open_drawings(tmp_path / "cues", key, dataset, kind, frames.lengths)
        expected = backbone.encode_frames(preprocess_crops([draw(point)], settings.preprocess))
        assert np.allclose(bank.parts[0][0, 0], expected[0], atol=2e-3)


def test_a_second_run_finds_everything_there(stripes, run, tmp_path, monkeypatch):
    words, _ = stripes
    assert run("cues", words) == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cues").rglob("*.npy")}
    monkeypatch.setattr(landmarks, "open_landmarker", asleep)
    assert run("cues", words) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_an_interrupted_search_goes_on_where_it_was(stripes, run, monkeypatch, landmarker):
    from train.features import store

    monkeypatch.setattr(store, "SHARD_CLIPS", 5)
    words, dataset = stripes
    frames = np.array([len(dataset.read(row, 1.0)) for row in range(18)])
    find = landmarker.find

    def interrupted(self, image):
        if self.calls == frames[:12].sum():
            raise KeyboardInterrupt
        return find(self, image)

    monkeypatch.setattr(landmarker, "find", interrupted)
    assert run("cues", words) == 130
    monkeypatch.setattr(landmarker, "find", find)
    landmarker.calls = 0
    assert run("cues", words) == 0
    assert landmarker.calls == frames[10:].sum()


def test_without_a_landmarker_the_way_out_is_named(stripes, run, monkeypatch, capsys):
    monkeypatch.setattr(landmarks, "open_landmarker", asleep)
    assert run("cues", stripes[0]) == 2
    assert "no landmarker is at hand" in capsys.readouterr().err


def test_two_landmarkers_must_be_told_apart(stripes, run, tmp_path, monkeypatch, capsys):
    words, dataset = stripes
    assert run("extract", words) == run("cues", words) == 0
    monkeypatch.setattr(Dozing, "name", "dozing-2")
    assert run("cues", words, "--landmarker", "other.task") == 0
    key, frames = frames_of(tmp_path, dataset)
    with pytest.raises(DataError, match=r"2 sets of 'parts' cues .*keep one"):
        open_drawings(tmp_path / "cues", key, dataset, "parts", frames.lengths)
    assert run("cues", words) == 2
    assert "dozing-1, dozing-2; say which with --landmarker" in capsys.readouterr().err


def test_damage_and_foreign_stores_are_told(stripes, run, tmp_path):
    words, dataset = stripes
    assert run("extract", words) == run("cues", words) == 0
    key, frames = frames_of(tmp_path, dataset)

    def opened(root="cues", lengths=frames.lengths, **changes):
        wanted = StoreKey.from_json(key.to_json() | changes)
        return open_drawings(tmp_path / root, wanted, dataset, "parts", lengths)

    opened()
    for changes in ({"backbone": "other"}, {"data": "other"}, {"root": "cache"}):
        with pytest.raises(DataError, match=r"no finished 'parts' cues .*python -m train cues"):
            opened(**changes)
    with pytest.raises(DataError, match=r"1 clips have other numbers .*000003 \(99 and"):
        opened(lengths=np.where(np.arange(18) == 3, 99, frames.lengths))
    (path,) = (tmp_path / "cues").glob("*-parts-*/0000.npy")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"0000\.npy was changed"):
        opened()


def test_frames_and_cues_never_share_a_folder(stripes, run, tmp_path):
    words, dataset = stripes
    assert run("extract", words, "--views", 1) == 0
    shutil.copytree(tmp_path / "cache", tmp_path / "cues")
    assert run("cues", words) == 0
    names = {path.name.split("-")[1] for path in (tmp_path / "cues").glob("stripes-*-*")}
    assert names == {"points", *KINDS, "captions"}
    key, frames = frames_of(tmp_path, dataset)
    again = FeatureStore.with_plain_view(tmp_path / "cues", key, dataset).open()
    assert np.array_equal(np.concatenate(again.parts), np.concatenate(frames.parts))


def test_only_what_is_asked_for_is_made(stripes, run, tmp_path):
    words, _ = stripes
    assert run("cues", words, "--drawings", "landmarks", "--captions", "none") == 0
    kinds = {path.name.split("-")[1] for path in (tmp_path / "cues").iterdir()}
    assert kinds == {"points", "landmarks"}


def test_bad_clips_are_named_or_left_out(stripes, run, tmp_path, monkeypatch, capsys):
    words, dataset = stripes
    read = CanvasDataset.read

    def failing(self, row, crop_scale):
        if row == 3:
            raise DataError("stripes.npz:3: torn film")
        return read(self, row, crop_scale)

    monkeypatch.setattr(CanvasDataset, "read", failing)
    assert run("cues", words) == 2
    assert "torn film" in capsys.readouterr().err
    assert run("cues", words, "--skip-bad") == run("extract", words, "--skip-bad") == 0
    key, frames = frames_of(tmp_path, dataset)
    bank = open_drawings(tmp_path / "cues", key, dataset, "parts", frames.lengths)
    assert np.flatnonzero(bank.lengths == 0).tolist() == [3]
    texts = read_captions(captions_file(tmp_path / "cues", dataset, "rules"), dataset)
    assert (texts[3], texts[4]) == ("", "The face stays still.")


def test_segments_repeat_the_caption_in_order(stripes, run, tmp_path, monkeypatch):
    words, dataset = stripes
    opening = iter(np.linspace(0, 2, 100))
    monkeypatch.setattr(
        Dozing, "find", lambda *_: 48 * (resting_face(mouth_open=next(opening)) + 0.75)
    )
    assert run("cues", words, "--drawings") == 0
    entries = list(parse_captions(captions_file(tmp_path / "cues", dataset, "rules")))
    moving = [entry for entry in entries if entry.segments]
    assert moving
    for entry in moving:
        starts = [segment.start_share for segment in entry.segments]
        assert starts == sorted(starts)
        assert all(segment.caption in entry.caption for segment in entry.segments)
    assert {entry.source for entry in entries} == {"rules on dozing-1"}


def test_random_views_of_drawings_move_with_the_frames(tmp_path):
    source = open_dataset(DataOptions([layouts.make_dfew(tmp_path / "data", 6)], "dfew"))
    tracks = [np.stack([resting_face()] * len(source.read(row, 1.0))) for row in range(6)]
    drawn = DrawnDataset(source, tracks, "parts")
    as_frames = CropPictures([draw_parts(point) for point in tracks[2]], source.recipe)
    preprocess = PreprocessConfig(image_size=32)
    views = [drawn.read(2, 1.0).view(number, preprocess, 7) for number in range(3)]
    for number, view in enumerate(views):
        assert torch.equal(view, as_frames.view(number, preprocess, 7))
    assert not torch.equal(views[0], views[1])
    assert [record.name for record in drawn.records] == [r.name for r in source.records]
    assert drawn.frames_estimate() == sum(map(len, tracks))


def test_landmarks_are_of_the_square_that_the_backbone_sees(stripes, tmp_path, monkeypatch):
    _, dataset = stripes
    seen = []
    monkeypatch.setattr(Dozing, "find", lambda *words: seen.append(words[1].shape[0]))
    tight = find_landmarks(tmp_path, dataset, PreprocessConfig(), None)
    wide = find_landmarks(tmp_path, dataset, PreprocessConfig(crop_scale=1.25), None)
    assert set(seen) == {72, 90}
    assert tight.folder != wide.folder


def test_the_command_offers_every_kind_of_drawing():
    assert tuple(KINDS) == command.DRAWINGS
