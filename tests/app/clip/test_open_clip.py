from pathlib import Path

import pytest

from app.clip.open_clip import (
    NoClipError,
    analysed_clip,
    close_clip,
    current_clip,
    discard,
    file_name,
    open_clip,
    shown_name,
    uploaded_file,
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
    assert clip.path.name == "me.mp4"
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


def test_only_uploads_are_accepted(uploads, session, tmp_path):
    path = upload(uploads)
    assert uploaded_file(str(path)) == path
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    for other in (secret, uploads, uploads / "a" / "..", Path("/etc/passwd"), path.parent):
        with pytest.raises(VideoError, match="did not arrive"):
            uploaded_file(str(other), session)


def test_another_visitors_file_is_refused(uploads):
    store = SessionStore(uploads)
    own, other = store.get("one"), store.get("two")
    file = own.folder / "live.webm"
    file.write_bytes(b"x")
    assert uploaded_file(str(file), own) == file
    with pytest.raises(VideoError):
        uploaded_file(str(file), other)


def test_a_link_out_of_the_upload_folder_is_refused(uploads, tmp_path):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    link = upload(uploads).with_name("link.mp4")
    link.symlink_to(secret)
    with pytest.raises(VideoError):
        uploaded_file(str(link))


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


def test_a_discarded_upload_takes_its_folder_along(uploads):
    path = upload(uploads)
    discard(path)
    assert not path.parent.exists()
    discard(path)
