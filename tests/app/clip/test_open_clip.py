import pytest

from app.clip.open_clip import (
    NoClipError,
    analysed_clip,
    close_clip,
    current_clip,
    file_name,
    open_clip,
    shown_name,
)
from app.visit.sessions import SessionStore
from core.errors import VideoError


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture
def session(uploads):
    return SessionStore(uploads).get("visitor")


def upload(uploads, name="me.mp4", digest="a" * 64):
    path = uploads / digest / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"video")
    return path


def test_an_upload_moves_into_the_visitors_folder(uploads, session):
    path = upload(uploads)
    clip = open_clip(session, path, "me.mp4")
    assert not path.exists()
    assert clip.path.read_bytes() == b"video"
    assert clip.path.is_relative_to(session.folder)
    assert clip.path.name == "original.mp4"
    assert "me" not in str(clip.path.relative_to(session.folder))
    assert current_clip(session) is clip


def test_the_next_clip_deletes_the_one_before(uploads, session):
    first = open_clip(session, upload(uploads), "one.mp4")
    open_clip(session, upload(uploads, digest="b" * 64), "two.mp4")
    assert not first.folder.exists()


def test_the_end_of_the_visit_deletes_the_clip(uploads, session):
    clip = open_clip(session, upload(uploads), "me.mp4")
    session.close()
    assert not clip.folder.exists()
    with pytest.raises(NoClipError):
        current_clip(session)


def test_a_vanished_upload_is_a_sentence_and_leaves_nothing(uploads, session):
    with pytest.raises(VideoError, match=r"me\.mp4 did not arrive"):
        open_clip(session, uploads / "gone.mp4", "me.mp4")
    assert not list(session.folder.iterdir())


def test_closing_without_a_clip_is_fine(session):
    close_clip(session)
    with pytest.raises(NoClipError):
        current_clip(session)


def test_a_clip_counts_as_analysed_only_with_a_result(uploads, session, prediction):
    clip = open_clip(session, upload(uploads), "me.mp4")
    with pytest.raises(NoClipError):
        analysed_clip(session)
    clip.predictions = [prediction]
    assert analysed_clip(session) is clip


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("me.mp4", "me.mp4"),
        ("C:\\fake\\me.mp4", "me.mp4"),
        ("../../me.mp4", "me.mp4"),
        ("a\nb\x00.mp4", "ab.mp4"),
        ("", "clip"),
        (None, "None"),
        ("x" * 300, "x" * 80),
    ],
)
def test_names_are_made_fit_for_the_screen(name, shown):
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("me.mov", "me.csv"),
        ("A drawn face", "A drawn face.csv"),
        ("..", "clip.csv"),
        ("<b>.mp4", "_b_.csv"),
        ("笑顔.mp4", "笑顔.csv"),
    ],
)
def test_names_are_made_fit_for_the_disk(title, expected):
    assert file_name(title, ".csv") == expected


def test_long_names_fit_the_file_system(tmp_path):
    (tmp_path / file_name("笑" * 200, "-annotated.webm")).touch()
