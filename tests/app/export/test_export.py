import csv
import json
import re
from dataclasses import replace
from datetime import date

import av
import numpy as np
import pytest

from app.clip.files import SaveRequest, download_name, save_file
from app.clip.open_clip import OpenClip
from app.export.annotated_video import annotated, box_at, place_panel, write_annotated_video
from app.export.document import result_json
from app.export.report import report_html
from core.annotations import Mark
from core.errors import ConfigError
from core.table import frames_csv
from core.video import VideoFrame, open_video
from tests.app.conftest import make_prediction
from tests.core.films import shades, write_film


@pytest.fixture
def clip(tmp_path, clip_file, prediction):
    folder = tmp_path / "clip"
    folder.mkdir()
    return OpenClip(folder, clip_file, "brighter.webm", predictions=[prediction])


def ignore(progress):
    pass


def test_the_table_holds_every_frame_and_empty_cells_in_gaps(prediction):
    rows = list(csv.DictReader(frames_csv(prediction).splitlines()))
    frames = prediction.frames
    assert len(rows) == len(frames.times_s)
    assert float(rows[3]["time_s"]) == pytest.approx(0.3)
    assert float(rows[3]["face_width_px"]) == 40
    for group, values in (
        ("probability", frames.probabilities),
        ("similarity", frames.similarities),
        ("instant_probability", frames.instant_probabilities),
        ("instant_similarity", frames.instant_similarities),
    ):
        assert float(rows[3][f"{group}_anger"]) == pytest.approx(values[3, 3], rel=1e-5)
    gap = rows[10]
    assert gap.pop("time_s") == "1.000000"
    assert set(gap.values()) == {""}


def test_the_document_is_the_contract(prediction):
    sly = replace(prediction, video='"frames": []')  # a name that looks like a list
    text = result_json([sly])
    assert json.loads(text) == json.loads(json.dumps(sly.to_json()))
    assert text.count("\n") < len(sly.frames.times_s) + 150  # a frame on each line


def test_the_document_of_one_face_holds_the_others(prediction):
    faces = [replace(prediction, face_id=face_id) for face_id in range(2)]
    marks = [Mark(0.5, 0.5, '"faces": []')]
    record = json.loads(result_json(faces, 1, marks=marks))
    records = json.loads(json.dumps([each.to_json(with_face_id=True) for each in faces]))
    assert record.pop("faces") == records
    assert record.pop("marks") == [marks[0].to_json()]
    assert record == records[1]


def test_a_report_stands_alone_and_shows_no_faces_unless_asked(prediction):
    report = report_html([prediction], title="me.mp4")
    assert "Plotly" in report
    assert "data:image/jpeg" not in report
    page = report.split("<script>")[0]
    # The paper is linked, not loaded.
    loaded = re.sub(r'<a href="https://arxiv[^"]*">', "", page)
    assert not re.search(r"(src|href)=[\"']?https?:", loaded)
    assert date.today().isoformat() in page
    for place in re.findall(r'<a href="#([\w-]+)"', page):
        assert f'id="{place}"' in page or f'.id = "{place}"' in report
    assert prediction.summary in page
    assert "data:image/jpeg" in report_html([prediction], title="me.mp4", with_faces=True)


def test_a_name_cannot_break_out_of_the_report(prediction):
    name = "</script><script>alert(1)</script><!--.mp4"
    report = report_html([prediction], title=name)
    assert "<script>alert(1)" not in report
    assert report.count("<script>") == report_html([prediction], title="me").count("<script>")


@pytest.mark.parametrize("ending", ["webm", "mp4"])
def test_the_annotated_video_has_the_clips_frames_at_their_times(
    tmp_path, clip_file, prediction, ending
):
    seen = []
    target = tmp_path / f"out.{ending}"
    write_annotated_video(
        clip_file, target, prediction, progress=lambda state: seen.append(state.done)
    )
    with open_video(clip_file) as video:
        times_s = [frame.time_s for frame in video]
    with open_video(target) as video:
        assert [frame.time_s for frame in video] == pytest.approx(times_s, abs=2e-3)
    assert video.duration_s == pytest.approx(2.0, abs=0.15)
    assert seen == sorted(seen)
    assert len(seen) > len(times_s)


def test_an_mp4_keeps_the_sound_where_it_was(tmp_path, prediction):
    # The picture begins half a second after the sound, and so it stays.
    source = write_film(
        tmp_path / "in.mkv",
        shades(16),
        "libx264",
        times_s=[0.5 + number / 10 for number in range(16)],
        sound_s=(0.0, 2.0),
    )
    write_annotated_video(source, tmp_path / "out.mp4", prediction)
    with av.open(str(tmp_path / "out.mp4")) as container:
        sound, film = container.streams.audio[0], container.streams.video[0]
        assert film.codec_context.name == "h264"
        starts = [float(one.start_time * one.time_base) for one in (film, sound)]
        assert starts == pytest.approx([0.5, 0.0], abs=0.05)
        samples = sum(frame.samples for frame in container.decode(sound))
        assert samples / 48_000 == pytest.approx(2.0, abs=0.1)


def test_a_clip_without_sound_becomes_an_mp4_without(tmp_path, prediction):
    source = write_film(tmp_path / "in.mp4", shades(8))
    write_annotated_video(source, tmp_path / "out.mp4", prediction)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("box", "is_left", "is_low"),
    [
        ((0, 0, 100, 100), True, True),  # out of the way
        ((0, 300, 180, 180), False, True),
        ((60, 60, 420, 420), False, False),
        ((300, 200, 340, 280), True, True),
        ((0, 260, 640, 220), True, False),
    ],
)
def test_the_words_stand_in_the_corner_that_covers_the_face_least(box, is_left, is_low):
    panel = place_panel(np.array([box] * 3, np.float32), (640, 480))
    assert (panel.left == 0) == is_left
    assert (panel.top > 0) == is_low


def test_the_face_is_drawn_where_it_is_and_not_in_a_gap(prediction):
    blank = np.zeros((96, 128, 3), np.uint8)
    (_, with_face), (_, without) = annotated(
        [VideoFrame(0, 0.2, blank), VideoFrame(1, 1.0, blank)], prediction
    )
    assert not without.any()
    x, y, width, _ = box_at(prediction, 0.2)
    assert with_face[round(y), round(x + width / 2)].any()
    assert not with_face[round(y + width / 2), round(x + width / 2)].any()


def test_other_faces_have_a_thin_square_of_their_own(prediction):
    aside = prediction.frames.boxes + np.array([60, 0, 0, 0], np.float32)
    other = replace(prediction, frames=replace(prediction.frames, boxes=aside))
    frames = [VideoFrame(0, 0.2, np.zeros((96, 128, 3), np.uint8))]
    ((_, alone),), ((_, together),) = (
        annotated(frames, prediction),
        annotated(frames, prediction, [other]),
    )
    x, y, width, _ = (round(value) for value in box_at(other, 0.2))
    column = round(x + width / 2)
    assert together[y, column].any()
    assert not alone[y, column].any()
    assert not together[y + 2, column].any()  # thin
    assert (together != alone)[y - 9 : y - 1, x : x + width].any()  # named


def test_boxes_move_evenly_between_analysed_frames(prediction):
    middle = (prediction.frames.boxes[2] + prediction.frames.boxes[3]) / 2
    assert box_at(prediction, 0.25) == pytest.approx(middle)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("csv", "brighter.csv"),
        ("json", "brighter.json"),
        ("report", "brighter-report.html"),
        ("webm", "brighter-annotated.webm"),
        ("mp4", "brighter-annotated.mp4"),
        ("eaf", "brighter.eaf"),
        ("textgrid", "brighter.TextGrid"),
        ("boris", "brighter.boris"),
    ],
)
def test_files_carry_the_clips_name(clip, kind, name):
    path = save_file(clip, SaveRequest(kind), ignore)
    assert download_name(clip, SaveRequest(kind)) == name
    assert "brighter" not in str(path.relative_to(clip.folder))  # paths stand in addresses
    assert path.stat().st_size > 100
    assert path.is_relative_to(clip.folder)


def test_with_several_faces_the_file_says_which(clip, prediction):
    clip.predictions = [prediction, make_prediction(prediction.frames.times_s, face_id=1)]
    asked = SaveRequest("json", face=1)
    path = save_file(clip, asked, ignore)
    assert download_name(clip, asked) == "brighter-face2.json"
    assert json.loads(path.read_text())["face_id"] == 1


def test_a_face_that_is_not_there_is_a_sentence(clip):
    with pytest.raises(ConfigError, match="no face 6"):
        save_file(clip, SaveRequest("csv", face=5), ignore)


@pytest.mark.parametrize(
    "wish", [{}, {"kind": "exe", "face": 0}, {"kind": "csv", "face": "../0"}, {"kind": ["csv"]}]
)
def test_strange_wishes_are_refused(wish):
    with pytest.raises(ConfigError):
        SaveRequest.from_page(wish)
