import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from app.clip.intake import ending_of, receive_file
from app.clip.upload import (
    FOR_ENDPOINT,
    FOR_PAGE,
    NotArrivedError,
    discard_upload,
    take_upload,
    upload_routes,
    visit_of,
)
from app.visit.quota import NoRoomError, Quota, Room, used_bytes
from app.visit.sessions import SessionEndedError, SessionStore
from app.visit.visitor import TOKEN_HEADER
from core.errors import VideoError

CLIP = b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + bytes(5000)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "visitors"


@pytest.fixture
def store(root):
    root.mkdir()
    return SessionStore(root)


@pytest.fixture
def visit(store):
    return store.get("visitor")


@pytest.fixture
def client(store, root):
    quota = Quota(root, Room(visit_bytes=12_000, total_bytes=20_000))
    with TestClient(Starlette(routes=upload_routes(store, quota))) as client:
        yield client


def send(client, visit, content=CLIP):
    return client.post(FOR_PAGE, content=content, headers={TOKEN_HEADER: visit.token})


def send_form(client, name="Jane_Doe.webm", field="files", content=CLIP):
    return client.post(FOR_ENDPOINT, files={field: (name, content)})


async def parts(*contents, error=None):
    for content in contents:
        yield content
    if error is not None:
        raise error


def test_a_clip_waits_in_its_visits_folder_under_a_neutral_name(client, visit):
    name = send(client, visit).json()["upload"]
    path = take_upload(visit, name)
    assert path.is_relative_to(visit.folder)
    assert path.name == "original.webm"
    assert path.read_bytes() == CLIP
    with pytest.raises(NotArrivedError):
        take_upload(visit, name)


def test_nobody_takes_another_ones(client, store, visit):
    name = send(client, visit).json()["upload"]
    with pytest.raises(NotArrivedError):
        take_upload(store.get("another"), name)
    with pytest.raises(NotArrivedError):
        take_upload(visit, "upload-guess")
    assert take_upload(visit, name).exists()


def test_the_next_upload_takes_the_place_of_the_one_that_waits(client, visit):
    first, second = (send(client, visit).json()["upload"] for _ in range(2))
    assert [folder.name for folder in visit.folder.iterdir()] == [second]
    discard_upload(visit, first)
    assert (visit.folder / second).exists()
    discard_upload(visit, second)
    assert not list(visit.folder.iterdir())


def test_a_stranger_uploads_nothing(client, root):
    assert client.post(FOR_PAGE, content=CLIP, headers={TOKEN_HEADER: "guess"}).status_code == 410
    assert used_bytes(root) == 0


def test_a_clip_that_nobody_analysed_goes_with_the_visit(client, store, visit, root):
    send(client, visit)
    store.close(visit)
    assert used_bytes(root) == 0


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ClientDisconnect(), ClientDisconnect),
        (OSError(28, "No space left on device"), VideoError),
        (RuntimeError(), RuntimeError),
    ],
)
def test_nothing_stays_of_what_broke_off(visit, root, error, raised):
    with pytest.raises(raised):
        anyio.run(receive_file, parts(b"half", error=error), visit)
    assert not list(visit.folder.iterdir())


def test_nothing_stays_if_the_visit_ends_meanwhile(store, visit, root):
    async def leaving():
        yield b"half"
        store.close(visit)
        yield b"more"

    with pytest.raises(SessionEndedError):
        anyio.run(receive_file, leaving(), visit)
    assert not list(root.iterdir())


def test_a_visit_has_its_share_and_all_together_theirs(client, store, visit):
    for _ in range(2):
        take_upload(visit, send(client, visit).json()["upload"])
    refused = send(client, visit)
    assert refused.status_code == 503
    assert "one visitor" in refused.json()["message"]
    assert send(client, store.get("b")).is_success
    full = send(client, store.get("c"))
    assert full.status_code == 503
    assert "no room" in full.json()["message"]
    store.close(visit)
    assert send(client, store.get("c")).is_success


def test_what_is_on_its_way_counts_already(tmp_path):
    quota = Quota(tmp_path, Room(visit_bytes=100, total_bytes=150))

    async def run():
        async with quota.room(tmp_path / "a", 90):
            for folder, size in (("a", 20), ("b", 90)):
                with pytest.raises(NoRoomError):
                    async with quota.room(tmp_path / folder, size):
                        pass
        async with quota.room(tmp_path / "b", 90):
            pass

    anyio.run(run)


def test_a_full_disk_is_noticed_before_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr("app.visit.quota.SPARE_BYTES", 10**18)

    async def run():
        async with Quota(tmp_path).room(tmp_path, 1):
            pass

    with pytest.raises(NoRoomError, match="no room"):
        anyio.run(run)


def test_a_programs_upload_is_a_visit_of_its_own(client, store, root):
    (path,) = send_form(client).json()
    assert "Jane" not in path
    visit = visit_of(store, path)
    assert visit.folder in next(p for p in visit.folder.rglob("*") if p.is_file()).parents
    store.close(visit)
    assert used_bytes(root) == 0
    with pytest.raises(NotArrivedError):
        visit_of(store, path)


@pytest.mark.parametrize("path", ["", "None", "/etc/passwd"])
def test_a_program_names_nothing_but_its_upload(client, store, visit, path):
    send(client, visit)
    with pytest.raises(NotArrivedError):
        visit_of(store, path)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [({"field": "other"}, 400), ({"content": bytes(13_000)}, 503)],
)
def test_a_programs_refused_upload_leaves_no_visit(client, store, root, arguments, status):
    assert send_form(client, **arguments).status_code == status
    assert len(store) == 0
    assert used_bytes(root) == 0


def test_several_files_at_once_are_refused(client, store):
    files = [("files", (f"{number}.webm", CLIP)) for number in range(2)]
    assert client.post(FOR_ENDPOINT, files=files).status_code == 400
    assert len(store) == 0


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"\0\0\0\x20ftypisom", ".mp4"),
        (b"\0\0\0\x14ftypqt  ", ".mov"),
        (CLIP[:64], ".webm"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x23B\x82\x88matroska", ".mkv"),
        (b"RIFF\1\2\3\4AVI LIST", ".avi"),
        (b"RIFF\1\2\3\4WEBPVP8X", ".webp"),
        (b"GIF89a", ".gif"),
        (b"#EXTM3U\n", ".bin"),
        (b"<html>", ".bin"),
        (b"", ".bin"),
    ],
)
def test_an_ending_follows_from_the_content(head, ending):
    assert ending_of(head) == ending
