import anyio
import pytest
from starlette.middleware import Middleware

from app.door.bodies import MAX_BYTES, BodyGuard
from tests.app.door.conftest import small_app

LARGE = 1_000_000


def guarded_app(**options):
    return small_app([Middleware(BodyGuard, limits={"/large": LARGE}, **options)])


def in_parts(size, part=50_000):
    for start in range(0, size, part):
        yield bytes(min(part, size - start))


@pytest.fixture
def client(behind):
    return behind(Middleware(BodyGuard, limits={"/large": LARGE}))


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/anything", "/visitor/ping"])
def test_a_small_body_passes_and_a_large_one_does_not(client, path):
    assert client.post(path, content=bytes(MAX_BYTES)).json() == {"size": MAX_BYTES}
    for content in (bytes(MAX_BYTES + 1), in_parts(MAX_BYTES + 1)):
        answer = client.post(path, content=content)
        assert answer.status_code == 413
        assert answer.json()["message"].endswith("accepted here.")
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/large", "/large/"])
def test_a_route_can_have_a_limit_of_its_own(client, path):
    assert client.post(path, content=in_parts(LARGE)).json() == {"size": LARGE}
    assert client.post(path, content=bytes(LARGE + 1)).status_code == 413
    assert client.post(path, content=in_parts(LARGE + 1)).status_code == 413


def test_a_stated_length_is_refused_before_anything_is_read():
    read = []

    async def ask():
        sent = []

        async def receive():
            read.append(1)
            return {"type": "http.request", "body": b"", "more_body": True}

        async def send(message):
            sent.append(message)

        guarded = guarded_app()
        await guarded(scope("/", {"content-length": "999999999999"}), receive, send)
        return sent[0]["status"]

    assert anyio.run(ask) == 413
    assert read == []


@pytest.mark.parametrize("path", ["/", "/large"])
@pytest.mark.parametrize("gap_s", [None, 0.02])  # silence, and a drop now and then
def test_a_half_sent_body_is_not_waited_for(path, gap_s):
    async def ask():
        sent = []

        async def receive():
            if gap_s is None:
                await anyio.sleep_forever()
            await anyio.sleep(gap_s)
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message):
            sent.append(message)

        guarded = guarded_app(patience_s=0.1)
        with anyio.fail_after(5):
            await guarded(scope(path, {"transfer-encoding": "chunked"}), receive, send)
        return [message["status"] for message in sent if message["type"] == "http.response.start"]

    assert anyio.run(ask) == [408]


def test_what_keeps_coming_may_take_longer():
    async def ask():
        parts = iter([10_000] * 4)
        sent = []

        async def receive():
            await anyio.sleep(0.05)
            size = next(parts, 0)
            return {"type": "http.request", "body": bytes(size), "more_body": size > 0}

        async def send(message):
            sent.append(message)

        guarded = guarded_app(patience_s=0.12)
        await guarded(scope("/", {"transfer-encoding": "chunked"}), receive, send)
        return sent[0]["status"]

    assert anyio.run(ask) == 200


@pytest.mark.parametrize("path", ["/", "/large"])
def test_a_client_that_breaks_off_is_no_error(path):
    async def ask():
        messages = iter(
            [
                {"type": "http.request", "body": b"x", "more_body": True},
                {"type": "http.disconnect"},
            ]
        )
        sent = []

        async def receive():
            return next(messages, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        guarded = guarded_app()
        await guarded(scope(path, {"content-length": "9"}), receive, send)
        return sent

    assert anyio.run(ask) == []


def scope(path, headers):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {
        **{"type": "http", "method": "POST", "path": path, "raw_path": path.encode()},
        **{"query_string": b"", "root_path": "", "headers": raw, "http_version": "1.1"},
        **{"scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)},
    }
