"""A file of captions is read for the clips that it describes, and for no others."""

import json

import pytest

from core.errors import DataError
from train.cues.captions import (
    ClipCaption,
    Segment,
    captions_file,
    fingerprint_of,
    parse_captions,
    read_captions,
    write_captions,
)
from train.data.canvases import CanvasDataset


@pytest.fixture
def dataset(canvas_file):
    return CanvasDataset([canvas_file])


@pytest.fixture
def captions(dataset):
    return [
        ClipCaption(
            record.name,
            f"Face {row}: die Stirn ruht, \u2028 „still“.",
            "rules",
            fingerprint_of(dataset, row),
            (Segment(0.25, 1.0, "the mouth opens"),),
        )
        for row, record in enumerate(dataset.records)
    ]


@pytest.fixture
def path(tmp_path, captions):
    path = tmp_path / "captions.jsonl"
    write_captions(path, captions[::-1])
    return path


def lines_of(path):
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def test_what_is_written_is_read_in_the_order_of_the_clips(path, dataset, captions):
    assert read_captions(path, dataset) == [entry.caption for entry in captions]
    assert list(parse_captions(path)) == captions[::-1]


def test_a_file_made_elsewhere_needs_three_fields(tmp_path, dataset):
    path = tmp_path / "own.jsonl"
    names = [record.name for record in dataset.records]
    text = "\n\n".join(
        json.dumps({"clip": name, "caption": "", "source": "a person"}) for name in names
    )
    path.write_text(text)
    assert read_captions(path, dataset) == [""] * len(names)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"jsonl:3 is no JSON object"),
        ("[1]", r"jsonl:3"),
        ('{"clip": "a", "caption": "b"}', r"jsonl:3.*'source' is missing"),
        ('{"clip": "a", "caption": 1, "source": "c"}', r"jsonl:3: caption"),
        (
            '{"clip": "a", "caption": "", "source": "c", "segments": '
            '[{"start_share": 0.5, "end_share": 0.1, "caption": ""}]}',
            "end_share is before start_share",
        ),
    ],
)
def test_a_wrong_line_is_named(path, dataset, line, message):
    lines = lines_of(path)
    path.write_text("\n".join([*lines[:2], line, *lines[3:]]), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_captions(path, dataset)


def test_a_second_caption_of_a_clip_is_named(path, dataset):
    lines = lines_of(path)
    path.write_text("\n".join([*lines, lines[0]]), encoding="utf-8")
    with pytest.raises(DataError, match=r"jsonl:19: a second caption of stripes/000017"):
        read_captions(path, dataset)


def test_missing_captions_are_counted(path, dataset):
    path.write_text("\n".join(lines_of(path)[:-2]), encoding="utf-8")
    with pytest.raises(DataError, match=r"2 of 18 clips \(first stripes/000000\)"):
        read_captions(path, dataset)


def test_captions_of_other_clips_are_named(path, dataset):
    foreign = ClipCaption("films/7", "", "rules")
    path.write_text(path.read_text(encoding="utf-8") + foreign.to_line(), encoding="utf-8")
    with pytest.raises(DataError, match=r"1 clips that stripes does not have \(films/7\)"):
        read_captions(path, dataset)


def test_captions_of_other_pictures_under_the_same_names_are_named(path, dataset, monkeypatch):
    contents = dataset.contents
    monkeypatch.setattr(dataset, "contents", lambda row: "retouched" if row == 4 else contents(row))
    with pytest.raises(DataError, match=r"other pictures of 1 clips \(stripes/000004\)"):
        read_captions(path, dataset)


def test_a_missing_file_names_the_command(tmp_path, dataset):
    with pytest.raises(DataError, match="python -m train cues"):
        read_captions(tmp_path / "none.jsonl", dataset)


def test_every_source_has_a_file_of_its_own(tmp_path, dataset):
    paths = {captions_file(tmp_path, dataset, source) for source in ("rules", "a/b", "a/c")}
    assert len(paths) == 3
    assert all(path.parent == tmp_path for path in paths)
