import base64
import gzip
import io
import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from skimage.data import astronaut
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.alignment.desk import AlignmentDesk
from app.alignment.routes import alignment_routes
from app.clip.open_clip import KEY, OpenClip, close_clip
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore
from app.visit.visitor import TOKEN_HEADER
from core.checkpoint import CheckpointConfig, save_checkpoint
from core.errors import CheckpointError
from core.explain.map import main as write_map
from core.explain.neighbours import store_clips
from core.model.build import build_model
from core.predictor import load_predictor


class Ready:
    """A warm-up that has long ended."""

    ready, failed = True, False

    def start(self):
        pass

    def wait(self, _timeout_s):
        return self.ready


@pytest.fixture
def frames(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    face = astronaut()[20:240, 110:330, ::-1]
    for number in range(6):
        picture = cv2.convertScaleAbs(face, alpha=0.5 + 0.08 * number)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(picture, (96, 96)))
    return folder


@pytest.fixture(scope="module")
def written():
    """The map that the first test writes; the others have the same weights."""
    return {}


@pytest.fixture
def predictor(tiny_checkpoint, written):
    path = tiny_checkpoint / "map.json"
    if not written:
        write_map([str(tiny_checkpoint)])
        written["map"] = path.read_bytes()
    path.write_bytes(written["map"])
    return load_predictor(tiny_checkpoint, device="cpu", detector="center")


@pytest.fixture
def other(tmp_path, tiny_config, tiny_backbone):
    """A checkpoint with the same image tower and other sentences."""
    torch.manual_seed(11)
    folder = tmp_path / "earlier"
    save_checkpoint(folder, build_model(tiny_config, tiny_backbone), CheckpointConfig(tiny_config))
    return folder


@pytest.fixture
def desk(predictor, other):
    return AlignmentDesk(predictor, Ready(), ModelShelf(predictor, {"earlier": str(other)}))


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path / "visits")


@pytest.fixture
def visitor(store):
    return store.get("visitor")


@pytest.fixture
def open_clip(visitor, predictor, frames):
    def make(title="clip.webm"):
        clip = OpenClip(frames.parent, frames, title)
        clip.predictions = predictor.predict_faces(frames)
        visitor.values[KEY] = clip
        return clip

    return make


@pytest.fixture
def ask(store, desk, visitor):
    client = TestClient(Starlette(routes=alignment_routes(store, lambda _: desk)))

    def post(path, **query):
        return client.post(
            f"/alignment/{path}", params=query, headers={TOKEN_HEADER: visitor.token}
        )

    return post


def unpack(packed):
    kind = np.uint8 if packed["step"] > 0.001 else "<i2"
    counts = np.frombuffer(base64.b64decode(packed["data"]), kind)
    return counts.reshape(packed["shape"]) * packed["step"]


def test_model_is_described_before_any_clip_is_open(ask):
    answer = ask("model").json()
    assert answer["sentences"] == 4
    assert answer["others"] == ["earlier"]
    assert answer["umap"] == "ready"
    assert answer["opening"]["side"] == "after"
    assert answer["families"]["after"]["gathered"] == []
    assert len(answer["figures"]["light"]["map"]["data"]) == 14
    for side in ("before", "after"):
        shapes = {name: np.shape(values) for name, values in answer["positions"][side].items()}
        assert shapes["umap2"] == shapes["pca2"] == (7 * 4 + 7, 2)
        assert shapes["umap3"] == shapes["pca3"] == (7 * 4 + 7, 3)
    assert unpack(answer["families"]["before"]["sentences"]).shape == (28, 28)
    assert {mode["name"] for mode in answer["modes"]} == {"text", "centred", "joint"}


def test_numbers_of_a_clip_are_those_of_the_explanation(ask, open_clip, desk, visitor):
    clip = open_clip()
    answer = ask("clip", face=0).json()
    explanation = desk.explained(visitor, 0).explanation
    np.testing.assert_allclose(
        unpack(answer["spaces"]["after"]["sampled_sentences"]),
        explanation.after.sampled_sentences,
        atol=1e-4,
    )
    np.testing.assert_allclose(
        answer["spaces"]["after"]["clip_classes"], clip.predictions[0].similarities, atol=1e-4
    )
    assert len(answer["crops"]) == 4
    assert answer["crops"][0].startswith("data:image/jpeg;base64,")
    drawn = [trace["name"] for trace in answer["preview"]["dark"]["before"]["figure"]["data"]]
    assert "clip.webm: whole clip" in drawn


@pytest.mark.parametrize("mode", ["text", "centred", "joint"])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_map_is_a_figure_with_its_trust(ask, open_clip, mode, dimensions):
    open_clip()
    answer = ask(
        "map", side="before", mode=mode, technique="pca", dimensions=dimensions, look="dark"
    ).json()
    assert answer["technique"] == "pca"
    assert (answer["z"] is not None) == (dimensions == 3)
    if dimensions == 3:
        # One coordinate more for each point, in the order of the traces.
        drawn = [len(trace["x"]) for trace in answer["figure"]["data"]]
        assert [len(values) for values in answer["z"]] == drawn
    assert len(answer["faithfulness"]) == 1
    assert len(answer["times_s"][0]) == 6


def test_page_asks_again_while_umap_is_being_compiled(ask, open_clip, desk):
    open_clip()
    desk._warmup.ready = False
    assert ask("map", technique="umap").status_code == 202
    assert ask("map", technique="pca").status_code == 200
    desk._warmup.failed = True
    refused = ask("map", technique="umap")
    assert refused.status_code == 400
    assert "choose PCA" in refused.json()["message"]


def test_evidence_for_any_class(ask, open_clip):
    open_clip()
    answer = ask("relevance", **{"class": 3}).json()
    maps = unpack(answer["maps"])
    assert maps.shape == (4, 28, 28)
    assert "Chefer" in answer["method"]


def test_words_of_a_sentence(ask):
    answer = ask("words", **{"class": 1, "sentence": 2}).json()
    assert len(answer["words"]) == len(answer["norms"]) == 3
    assert "Nearest is not meaning" in answer["warning"]
    assert answer["restricted"] is False


def test_every_sentence_has_a_caption(ask):
    captions = ask("captions").json()
    assert np.shape(captions) == (7, 4)
    assert all(1 <= len(text.split(", ")) <= 3 for texts in captions for text in texts)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("clip", {"face": 7}),
        ("map", {"side": "above"}),
        ("map", {"dimensions": "two"}),
        ("relevance", {"class": 99}),
        ("words", {"class": 0, "sentence": 40}),
        ("words", {"class": "9" * 400}),
        ("beside", {"what": "model", "name": "../../etc"}),
        ("save", {"kind": "exe"}),
    ],
)
def test_nonsense_gets_a_sentence(ask, open_clip, path, query):
    open_clip()
    answer = ask(path, **query)
    assert answer.status_code == 400
    assert 10 < len(answer.json()["message"]) < 200


@pytest.mark.parametrize("path", ["clip", "map", "relevance", "save"])
def test_without_a_clip_the_page_is_told(ask, path):
    answer = ask(path)
    assert answer.status_code == 400
    assert "no clip open" in answer.json()["message"]


def test_strangers_get_nothing(store, desk, open_clip):
    open_clip()
    client = TestClient(Starlette(routes=alignment_routes(store, lambda _: desk)))
    answer = client.post("/alignment/clip", headers={TOKEN_HEADER: "guess"})
    assert answer.status_code == 410


def test_explanation_is_forgotten_with_the_clip(ask, open_clip, desk, visitor):
    clip = open_clip()
    first = desk.explained(visitor, 0)
    assert desk.explained(visitor, 0) is first
    assert clip.notes
    close_clip(visitor)
    assert ask("clip").status_code == 400


def test_new_result_for_the_same_clip_is_explained_anew(open_clip, desk, visitor):
    clip = open_clip()
    first = desk.explained(visitor, 0)
    clip.predictions = [replace(clip.predictions[0], duration_s=9.0)]
    assert desk.explained(visitor, 0) is not first


def test_kept_clip_stands_beside_the_next_one(ask, open_clip):
    open_clip("first.webm")
    assert ask("beside", what="clip").json() == {"beside": "first.webm"}
    open_clip("second.webm")
    assert ask("other").json()["title"] == "first.webm"
    answer = ask("map", technique="pca", beside=1).json()
    assert answer["names"] == ["second.webm", "first.webm"]
    names = [trace["name"] for trace in answer["figure"]["data"]]
    assert len([name for name in names if name != "way"]) == 14 + 4
    assert ask("beside", what="nothing").json() == {"beside": ""}
    assert ask("other").json() is None


def test_validation_clips_lie_behind_and_the_nearest_are_named(ask, open_clip, desk, predictor):
    assert ask("model").json()["background"] == 0
    features = np.random.default_rng(0).normal(size=(20, 4, 16)).astype(np.float32)
    clips = store_clips(predictor.recognizer.model, features, np.arange(20) % 7)
    desk.__dict__["stored"] = replace(desk.stored, clips=clips)
    desk.__dict__.pop("_model", None)
    open_clip()
    assert ask("model").json()["background"] == 20
    for dimensions in (2, 3):
        answer = ask("map", technique="pca", dimensions=dimensions, behind=1).json()
        behind = answer["figure"]["data"][-1]
        assert behind["name"] == "validation clips"
        assert len(behind["x"]) == len(behind["text"]) == 20
    plain = ask("map", technique="pca").json()
    assert "validation clips" not in [trace["name"] for trace in plain["figure"]["data"]]
    found = ask("neighbours").json()
    assert found["labels"] == (np.arange(20) % 7).tolist()
    for side in ("before", "after"):
        assert np.shape(found[side]["rows"]) == (6 + 1, 5)  # the moments and the whole clip
        assert (np.diff(found[side]["cosines"], axis=1) <= 0).all()


def test_the_page_takes_over_the_maps_of_the_tab(ask, open_clip, desk, visitor, monkeypatch):
    desk._warmup.ready = False  # PCA
    open_clip()
    for side in ("before", "after"):
        for mode in ("text", "centred", "joint"):
            ask("map", side=side, mode=mode, technique="pca")
        ask("map", side=side, technique="pca", dimensions=3)
    assert len(desk.drawn_maps(visitor, 0, None)) == 8
    assert desk.drawn_maps(visitor, 1, None) == {}
    monkeypatch.setattr("app.alignment.chapters.map_clips", None)  # nothing is laid out again
    assert ask("save", kind="html").status_code == 200


def test_a_model_without_validation_clips_has_no_neighbours(ask, open_clip):
    open_clip()
    assert ask("neighbours").json() is None


def test_other_model_brings_its_own_sentences(ask, open_clip):
    open_clip()
    assert ask("beside", what="model", name="earlier").json() == {"beside": "earlier"}
    other = ask("other").json()
    assert other["checkpoint"] == "earlier"
    answer = ask("map", technique="pca", beside=1).json()
    assert answer["models"] == 2
    assert answer["names"] == ["tiny", "earlier"]


def test_other_labels_cannot_stand_beside(
    predictor, frames, visitor, open_clip, tmp_path, tiny_config, tiny_backbone
):
    foreign = replace(tiny_config, labels=("yes", "no"))
    folder = tmp_path / "foreign"
    save_checkpoint(folder, build_model(foreign, tiny_backbone), CheckpointConfig(foreign))
    desk = AlignmentDesk(predictor, Ready(), ModelShelf(predictor, {"foreign": str(folder)}))
    open_clip()
    desk.beside.keep_model(visitor, "foreign")
    with pytest.raises(CheckpointError, match="yes, no"):
        desk.other(visitor, 0)


@pytest.mark.parametrize("kind", ["json", "npz", "html"])
def test_files_open_again_and_hold_no_face(ask, open_clip, desk, kind):
    desk._warmup.ready = False  # PCA: no time for UMAP here
    open_clip("my/../clip ü.webm")
    answer = ask("save", kind=kind)
    name = answer.headers["content-disposition"].split('"')[1]
    assert name.endswith(f"-alignment.{kind}")
    assert name.isascii()
    assert "/" not in name
    if kind == "json":
        assert json.loads(answer.content)["after"]
    elif kind == "npz":
        with np.load(io.BytesIO(answer.content), allow_pickle=False) as arrays:
            assert arrays["after_moment_sentences"].shape == (6, 7, 4)
    else:
        packed = re.search(rb'id="data">([^<]*)<', answer.content).group(1)
        text = gzip.decompress(base64.b64decode(packed)).decode()
        assert "data:image" not in text
        assert set(json.loads(text)["others"]) == {"dark"}
        assert "counts as uncertain. Made on " in json.loads(text)["lead"]
        assert len(answer.content) < 3e6


def test_files_hold_what_stands_beside(ask, open_clip):
    open_clip("first.webm")
    ask("beside", what="clip")
    open_clip("second.webm")
    summary = json.loads(ask("save", kind="json").content)
    assert (summary["video"], summary["beside"]["video"]) == ("second.webm", "first.webm")
    with np.load(io.BytesIO(ask("save", kind="npz").content), allow_pickle=False) as arrays:
        for name in ("times_s", "beside_times_s"):
            whose = summary if name == "times_s" else summary["beside"]
            np.testing.assert_allclose(arrays[name], whose["moments"]["times_s"], atol=1e-5)
