import anyio
import pytest

from app.door.departures import AnswerStreams, Departures


def ask(departures, path, query=b"", ends="http.disconnect", method="GET"):
    async def app(_scope, receive, _send):
        await receive()

    async def receive():
        return {"type": ends}

    scope = {"type": "http", "method": method, "path": path, "query_string": query}
    anyio.run(AnswerStreams(app, departures=departures), scope, receive, None)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/gradio_api/queue/data", b"session_hash=me"),
        ("/gradio_api/call/predict_clip/me", b""),
        ("/gradio_api/call/v2/predict_clip/me", b""),
    ],
)
def test_a_broken_stream_tells_those_who_work_for_its_client(path, query):
    departures = Departures()
    with departures.watch("me") as gone, departures.watch("other") as other:
        ask(departures, path, query, ends="http.request")
        assert not gone.is_set()
        ask(departures, path, query)
        assert gone.is_set()
        assert not other.is_set()
    departures.note("me")


@pytest.mark.parametrize(
    ("path", "method"),
    [("/gradio_api/call/predict_clip/me", "POST"), ("/live/me", "GET"), ("/", "GET")],
)
def test_other_requests_tell_nothing(path, method):
    departures = Departures()
    with departures.watch("me") as gone, departures.watch(""):
        ask(departures, path, method=method)
        assert not gone.is_set()
