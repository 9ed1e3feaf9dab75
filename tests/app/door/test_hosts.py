import pytest
from starlette.middleware import Middleware

from app.door.hosts import OwnHosts


@pytest.fixture
def client(behind):
    return behind(Middleware(OwnHosts, names=["labor7"], fronts=["faces.example.org"]))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:7860", "LOCALHOST.:7860", "127.0.0.1:7860", "[::1]:7860"),
        *(
            "192.0.2.7:7860",
            "[2001:db8::7]",
            "labor7:7860",
            "faces.example.org",
            "Faces.Example.org.",
        ),
    ],
)
def test_own_names_and_addresses_in_numbers_are_served(client, host):
    assert client.get("/", headers={"host": host}).text == "hello"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example"),
        *(
            "xlocalhost",
            "faces.example.org.evil.example",
            "evilfaces.example.org",
            "",
            "2130706433",
        ),
        *("localhost@evil.example", "evil.example#localhost", "localhost:evil", "127.1", "[::1"),
    ],
)
def test_a_foreign_name_is_refused_whatever_is_asked(client, host):
    for answer in (
        client.get("/", headers={"host": host}),
        client.post("/models/choose", headers={"host": host, "origin": f"http://{host}"}),
    ):
        assert answer.status_code == 421
        assert "--name" in answer.json()["message"]


def test_two_host_headers_are_refused(client):
    answer = client.get("/", headers=[("host", "localhost"), ("host", "evil.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("localhost:7860", "http://localhost:7860"),
        ("[::1]:7860", "http://[::1]:7860"),
        ("labor7", "http://labor7"),
        ("labor7", "https://labor7:443"),
        ("faces.example.org", "https://faces.example.org"),
        ("127.0.0.1:7860", "https://faces.example.org"),  # a proxy that names its target
    ],
)
def test_the_own_page_may_ask(client, host, origin):
    assert client.post("/", headers={"host": host, "origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "https://127.0.0.1:7860.evil.example", "null", "", "file://"),
        *("http://127.0.0.1:3000", "http://localhost:7860", "https://127.0.0.1", "http://labor7"),
        *("chrome-extension://127.0.0.1:7860", "127.0.0.1:7860"),
        "https://faces.example.org.evil.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_pages_of_others_may_not(client, origin, method):
    headers = {"host": "127.0.0.1:7860", "origin": origin}
    assert client.request(method, "/", headers=headers).status_code == 403


def test_a_program_that_names_no_origin_may_ask(client):
    assert client.post("/", content=b"x").json() == {"size": 1}
