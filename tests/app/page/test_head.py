import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.page.assets import ASSETS
from app.page.files import asset_routes
from app.page.head import PageHead, with_head
from app.page.modules import needed_modules

# As in Gradio's template: two sets, the first without any word of ours.
GRADIOS = """<html><head>
<base href="./" />
<meta property="og:title" content="Gradio" />
<meta
  property="og:image"
  content="https://raw.githubusercontent.com/gradio-app/header-image.jpg"
/>
<meta name="twitter:creator" content="@Gradio" />
<meta name="viewport" content="width=device-width" />
<meta property="og:title" content="A title" /></head><body><p>Grüße</p></body></html>"""


@pytest.fixture
def client():
    routes = [
        Route("/", lambda _: HTMLResponse(GRADIOS)),
        Route("/config", lambda _: JSONResponse({"head": "<head>"})),
        *asset_routes(),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(PageHead)]))


def words(page):
    return dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)"', page))


def test_a_link_preview_tells_of_this_app_with_a_picture_of_its_own(client):
    page = client.get("/").text
    assert "Gradio" not in page.split("</head>")[0]
    assert page.count('property="og:title"') == 1
    told = words(page)
    assert "A3lign-DFER" in told["og:title"]
    assert "when" in told["og:description"]
    assert told["og:url"] == "http://testserver/"
    picture = client.get(told["og:image"])
    assert picture.headers["content-type"] == "image/png"
    size = tuple(int.from_bytes(picture.content[at : at + 4]) for at in (16, 20))
    assert size == (int(told["og:image:width"]), int(told["og:image:height"]))
    assert "viewport" in page
    assert page.endswith("<body><p>Grüße</p></body></html>")


def test_behind_a_proxy_the_picture_has_the_visitors_address(client):
    proxied = {"x-forwarded-host": "someone.example", "x-forwarded-proto": "https"}
    told = words(client.get("/", headers=proxied).text)
    assert told["og:url"] == "https://someone.example/"
    assert told["og:image"].startswith("https://someone.example/page/")


def test_the_page_is_compressed_for_browsers_that_take_it(client):
    answer = client.get("/", headers={"accept-encoding": "br, gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == plain.text


def test_nothing_but_the_page_is_changed(client):
    assert client.get("/config").json() == {"head": "<head>"}
    assert client.head("/").status_code == 200


def test_what_every_visit_begins_with_is_one_file_fetched_early(client):
    page = with_head(GRADIOS, "http://here")
    (address,) = re.findall(r'rel="modulepreload" href="([^"]+)"', page)
    answer = client.get(f"/{address}")
    assert "javascript" in answer.headers["content-type"]
    assert "class ClipTab" in answer.text
    # The library of the figures is three quarters of the bytes and waits for the first figure.
    assert "plotly.js v" not in answer.text


def test_a_module_comes_after_what_it_needs():
    found = needed_modules(["clip/wire.js"])
    assert found[-1] == "clip/wire.js"
    assert found.index("shared/shared.js") < found.index("clip/timeline/chart.js")
    assert all((ASSETS / name).is_file() for name in found)
