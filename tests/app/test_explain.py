import base64
import gzip
import json
import re

import cv2
import numpy as np
import pytest
import torch
from plotly.offline import get_plotlyjs
from skimage.data import astronaut

from app.alignment.chapters import make_chapters
from app.explain import main
from app.export.alignment_page import Chapter, alignment_page, differences
from core.checkpoint import CheckpointConfig, save_checkpoint
from core.model.build import build_model


def page_data(page):
    """What a page unpacks."""
    packed = re.search(r'id="data">([^<]*)<', page).group(1)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


@pytest.fixture
def frames(tmp_path):
    """A folder of eight pictures of a face that gets brighter."""
    folder = tmp_path / "frames"
    folder.mkdir()
    face = astronaut()[20:240, 110:330, ::-1]
    for number in range(8):
        picture = cv2.convertScaleAbs(face, alpha=0.6 + 0.05 * number)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(picture, (120, 120)))
    return folder


@pytest.fixture(autouse=True)
def nothing_draws(monkeypatch):
    """Starting a browser for every figure takes its time; see test_pictures.py."""
    monkeypatch.setattr("app.export.pictures.find_spec", lambda _: None)
    monkeypatch.setattr("app.export.pictures.find_browser", lambda: None)


def run(tmp_path, frames, checkpoint, *options):
    out = tmp_path / "out"
    status = main(
        [str(frames), "--checkpoint", str(checkpoint), "--out", str(out), "--detector", "center",
         "--device", "cpu", "--technique", "pca", *options]
    )  # fmt: skip
    return status, out


def test_command_writes_numbers_page_and_crops(tmp_path, frames, tiny_checkpoint):
    status, out = run(tmp_path, frames, tiny_checkpoint)
    assert status == 0
    summary = json.loads((out / "explanation.json").read_text())
    assert summary["video"] == "frames"
    truth = summary["truth"]
    assert truth["ends_at_verdict"] is True
    assert truth["nearest_class"] == summary["verdict"]
    assert truth["difference_from_verdict"] < 1e-4
    assert truth["lead"] > 0
    with np.load(out / "explanation.npz") as arrays:
        assert arrays["after_moment_sentences"].shape == (8, 7, 4)
    page = (out / "alignment.html").read_text()
    assert "Plotly" in page
    assert not re.search(r'(?:src|href)="?https?:', page.split("<script>")[0])
    picture = cv2.imread(str(out / "relevance.png"))
    assert picture.shape == (112, 4 * 112, 3)


def test_without_a_renderer_the_pages_come_and_a_sentence_says_what_is_missing(
    tmp_path, frames, tiny_checkpoint, caplog
):
    with caplog.at_level("INFO"):
        status, out = run(tmp_path, frames, tiny_checkpoint)
    assert status == 0
    assert (out / "alignment.html").exists()
    assert "pip install kaleido" in caplog.text
    assert "Chromium" in caplog.text


def test_faces_stay_out_on_request(tmp_path, frames, tiny_checkpoint):
    _, out = run(tmp_path, frames, tiny_checkpoint, "--no-faces")
    assert not (out / "relevance.png").exists()
    assert "data:image" not in json.dumps(page_data((out / "alignment.html").read_text()))


def test_second_model_is_drawn_beside(
    tmp_path, frames, tiny_checkpoint, tiny_config, tiny_backbone
):
    torch.manual_seed(7)
    other = tmp_path / "other"
    save_checkpoint(other, build_model(tiny_config, tiny_backbone), CheckpointConfig(tiny_config))
    status, out = run(tmp_path, frames, tiny_checkpoint, "--beside-checkpoint", str(other))
    assert status == 0
    beside = json.loads((out / "explanation-beside.json").read_text())
    assert beside["checkpoint"] == "other"
    assert "-open" in json.dumps(page_data((out / "alignment.html").read_text()))


def test_second_video_is_beside(tmp_path, frames, tiny_checkpoint):
    status, out = run(tmp_path, frames, tiny_checkpoint, "--beside", str(frames))
    assert status == 0
    assert (out / "explanation-beside.npz").exists()


@pytest.mark.parametrize("name", ["nothing.mp4", "empty"])
def test_unusable_video_is_a_sentence(tmp_path, tiny_checkpoint, name, caplog):
    (tmp_path / "empty").mkdir()
    status, _ = run(tmp_path, tmp_path / name, tiny_checkpoint)
    assert status == 2
    assert name in caplog.text


def test_name_of_a_clip_cannot_leave_its_script():
    page = alignment_page(
        {"light": [Chapter("a", "A", "text", {"data": [], "layout": {}})]},
        title="</script><script>alert(1)",
        lead="",
    )
    assert "alert(1)" not in page
    assert page_data(page)["title"] == "</script><script>alert(1)"
    with pytest.raises(ValueError, match="at least one chapter"):
        alignment_page({"light": []}, title="", lead="")


def test_a_page_of_both_modes_holds_the_numbers_once():
    numbers = [round(float(value), 4) for value in np.random.default_rng(0).random(4000)]
    figures = {
        mode: {"data": [{"y": numbers, "marker": {"color": color}}], "layout": {"font": color}}
        for mode, color in (("light", "#000000"), ("dark", "#ffffff"))
    }
    chapters = {mode: [Chapter("a", "A", "text", figure)] for mode, figure in figures.items()}
    both = alignment_page(chapters, title="", lead="")
    data = page_data(both)
    (chapter,) = data["chapters"]
    assert len(data["others"]["dark"]) == 2
    for path, value in data["others"]["dark"]:
        place = data["chapters"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
    assert chapter["figure"] == figures["dark"]
    alone = alignment_page({"light": chapters["light"]}, title="", lead="")
    assert len(both) < len(alone) + 300
    assert len(alone) < 0.6 * len(get_plotlyjs())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1, 2]}, {"a": [1, 3]}, [(["a", 1], 3)]),
        ({"a": [1, 2]}, {"a": [1]}, [(["a"], [1])]),
        ({"a": 1}, {"b": 1}, [([], {"b": 1})]),
        ((1, {"b": 2}), (1, {"b": [2]}), [([1, "b"], [2])]),
    ],
)
def test_differences_lead_from_one_to_the_other(one, other, expected):
    assert list(differences(one, other)) == expected


def test_every_chapter_has_words_and_a_figure(tmp_path, frames, tiny_checkpoint):
    from app.alignment.explained import explain_video
    from core.predictor import load_predictor

    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="center")
    chapters = make_chapters([explain_video(predictor, str(frames))], mode="dark", technique="pca")
    names = [chapter.name for chapter in chapters]
    assert len(set(names)) == len(names)
    assert {"map-after-text", "sentences-before", "influence", "attention", "family"} <= set(names)
    assert all(chapter.text and chapter.figure for chapter in chapters)
