import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.examples.shelf import portrait_frame
from app.export.webm import write_webm

README = Path(__file__).resolve().parents[2] / "README.md"

API = README.parent / "assets/docs/api.md"

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(tmp_path):
    """Holds the file that the examples speak of."""
    film = (portrait_frame(index / 10) for index in range(10))
    write_webm(tmp_path / "clip.webm", film, fps=10)
    (tmp_path / "clip.webm").rename(tmp_path / "clip.mp4")  # content decides, not the name
    return tmp_path


def documented(language, url):
    """The example of a language in the description of the interface, for a server."""
    (example,) = re.findall(rf"```{language}\n(.*?)```", API.read_text(), re.DOTALL)
    return example.replace("http://127.0.0.1:7860", url)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl found; install it")
def test_the_curl_example_runs_as_it_stands(app_url, folder):
    subprocess.run(
        ["bash", "-euc", documented("bash", app_url)], cwd=folder, check=True, timeout=120
    )
    (result,) = json.loads((folder / "result.json").read_text())
    assert len(result["frames"]) == 10
    assert result["faces"][0]["face_id"] == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js found; install it")
def test_the_javascript_example_runs_as_it_stands(app_url, folder):
    example = folder / "example.mjs"
    example.write_text(documented("javascript", app_url))
    done = subprocess.run(
        ["node", example], cwd=folder, check=True, capture_output=True, text=True, timeout=120
    )
    assert "happiness: " in done.stdout


def test_readme_example_of_the_http_interface_works(app_url, tmp_path, capsys):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (example,) = [block for block in blocks if "gradio_client" in block]
    clip = tmp_path / "clip.webm"
    write_webm(clip, (portrait_frame(index / 10) for index in range(10)), fps=10)
    example = example.replace("http://127.0.0.1:7860", app_url).replace("clip.mp4", str(clip))
    names = {}
    exec(example, names)
    assert "happiness" in capsys.readouterr().out
    assert len(names["result"]["frames"]) == 10


def snippet(page, language):
    """What "Use via API" shows for a language."""
    panel = page.locator(".api-docs")
    panel.get_by_text(language, exact=True).first.click()
    code = panel.locator("pre:visible").filter(has_text="predict_clip").first
    code.wait_for()
    return code.inner_text()


@pytest.fixture
def snippets(chromium, app_url):
    """Not of the usual page: the panel, which is Gradio's, asks for routes that are closed."""
    page = chromium.new_page()
    page.goto(app_url)
    page.get_by_text("Use via API").click()
    page.wait_for_selector(".api-docs pre", state="attached")
    yield lambda language: snippet(page, language)
    page.close()


def test_the_python_snippet_of_the_page_runs_as_it_stands(snippets, capsys):
    python = snippets("Python")
    assert "handle_file(" in python
    names = {}
    exec(python, names)
    assert names["result"]["checkpoint"] in python
    assert "summary" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl found; install it")
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_curl_snippet_of_the_page_runs_as_it_stands(snippets, shell, tmp_path):
    done = subprocess.run(
        [shell, "-euc", snippets("cURL")],
        cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    (result,) = json.loads(done.stdout)
    assert result["summary"]
