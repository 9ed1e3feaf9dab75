import re
from pathlib import Path

import pytest

from app.examples.shelf import portrait_frame
from app.export.webm import write_webm

README = Path(__file__).resolve().parents[2] / "README.md"

pytestmark = pytest.mark.browser


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
