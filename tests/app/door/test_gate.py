import asyncio
import tempfile
from pathlib import Path

import pytest
from gradio.routes import App as GradioApp
from starlette.testclient import TestClient

from app.door.gate import FRONTS, gate, machine_names, stand_outermost
from app.door.headers import POLICY
from app.page.assets import ASSETS
from app.page.files import PLOTLY, PROGRAM_FILES
from app.page.launch import launch_options
from app.ui import build_app
from tests.app.conftest import FakePredictor


@pytest.fixture
def client(behind):
    return behind(*gate(host="127.0.0.1", public=["/page/"], environment={}))


@pytest.fixture(scope="module")
def app_client():
    """The real app behind its gate, as ``app/main.py`` puts it there."""

    async def build():
        app = build_app(FakePredictor())
        options = launch_options(
            routes=app.routes,
            middleware=gate(host="127.0.0.1", limits=app.body_limits, public=[PROGRAM_FILES]),
            lifespan=stand_outermost,
        )
        return GradioApp.create_app(app.blocks, app_kwargs=options["app_kwargs"])

    with TestClient(asyncio.run(build()), base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/gradio_api/file=/tmp/x.mp4", "/config", "/live/frame"])
def test_browsers_store_nothing_of_a_visit(client, path):
    assert client.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/assets/index.js", "/page/1a2b/clip.js", "/static/x.svg"])
def test_program_files_may_be_stored(client, path):
    assert client.get(path).headers["cache-control"] == "public"


def test_the_way_to_a_program_file_leads_to_no_visit(client):
    answer = client.get("/page/%2e%2e/gradio_api/file=/tmp/x.mp4")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_every_answer_carries_the_policy(client, host):
    headers = client.get("/", headers={"host": host}).headers
    assert "frame-ancestors 'self' https://huggingface.co" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_policy_names_no_other_host_to_load_from_or_send_to():
    sources = {name: value for name, value in POLICY.items() if name != "frame-ancestors"}
    assert not [value for value in sources.values() if "://" in value or "*" in value]


def test_an_operator_and_a_space_name_what_stands_in_front(behind):
    environment = {FRONTS: "a.example, b.example", "SPACE_HOST": "someone-a3.hf.space"}
    client = behind(*gate(host="0.0.0.0", fronts=["c.example"], environment=environment))
    for host in ("a.example", "b.example", "c.example", "someone-a3.hf.space"):
        assert client.get("/", headers={"host": host, "origin": f"https://{host}"}).is_success
    assert client.get("/", headers={"host": "another.hf.space"}).status_code == 421


def test_loopback_has_no_further_names():
    assert machine_names("127.0.0.1") == machine_names("::1") == []
    assert "0.0.0.0" in machine_names("0.0.0.0")


@pytest.mark.parametrize(
    "path",
    [
        *("/openapi.json", "/docs", "/gradio_api/openapi.json", "/gradio_api/deep_link"),
        *("/gradio_api/proxy=https://evil.example", "/gradio_api/vibe-code", "/monitoring"),
        *("/gradio_api/file=https://evil.example/x", "/gradio_api/dev/reload"),
        "/gradio_api/custom_component/1/client/component/index.js",
    ],
)
def test_what_nobody_needs_is_closed(app_client, path):
    assert app_client.get(path).status_code == 404
    assert app_client.post(path, content=b"{}").status_code == 404


def test_the_page_and_the_programming_interface_are_open(app_client):
    assert app_client.get("/config").json()["version"]
    info = app_client.get("/gradio_api/info")
    assert "/predict_clip" in info.json()["named_endpoints"]


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info"])
def test_no_place_on_this_machine_is_told(app_client, path):
    places = [str(ASSETS), str(PLOTLY.parent), str(Path.home()), tempfile.gettempdir()]
    text = app_client.get(path).text
    assert not [place for place in places if f"{place}/" in text]


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/join", "/gradio_api/call/predict_clip", "/gradio_api/run/predict"]
)
def test_gradios_json_is_bounded(app_client, path):
    bomb = b'{"data": [' + b"[]," * 100_000 + b"[]]}"
    headers = {"content-type": "application/json"}
    assert app_client.post(path, content=bomb, headers=headers).status_code == 413


def test_another_sites_page_cannot_choose_a_model(app_client):
    headers = {"host": "evil.example:7860", "origin": "http://evil.example:7860"}
    answer = app_client.post("/models/choose", params={"name": "evil/model"}, headers=headers)
    assert answer.status_code == 421


HERE = "127.0.0.1:7860"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("evil.example:7860", "http://evil.example:7860", 421),
        (HERE, "http://evil.example", 403),
        (HERE, "http://localhost:3000", 403),  # Gradio's own rule would let it read
    ],
)
def test_a_refusal_is_for_no_other_sites_eyes(app_client, host, origin, status, method):
    headers = {"host": host, "origin": origin, "access-control-request-method": "POST"}
    answer = app_client.request(method, "/config", headers=headers)
    assert answer.status_code == status
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "content", "status"), [("/gradio_api/queue/join", b"[]," * 100_000, 413)]
)
def test_other_rules_stand_outside_of_gradios_too(app_client, path, content, status):
    headers = {"host": HERE, "origin": f"http://{HERE}", "content-type": "application/json"}
    answer = app_client.post(path, content=content, headers=headers)
    assert answer.status_code == status
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_closed_route_answers_before_gradios_rules(app_client):
    answer = app_client.get("/openapi.json", headers={"host": HERE, "origin": f"http://{HERE}"})
    assert answer.status_code == 404
    assert not [name for name in answer.headers if name.startswith("access-control")]
