"""A checkpoint goes to a hub that the test plays, and what arrives there is the checkpoint."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.checkpoint import load_checkpoint
from train.__main__ import main
from train.report.card import HERE, usage

ID = "somebody/my-model"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as an upload of small files asks for."""

    repositories: dict
    refuses = False

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if self.refuses:
            self.answer({"error": "no"}, 403)
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            self.repositories[f"{asked.get('organization')}/{asked['name']}"] = {
                "visibility": asked["visibility"], "files": {},
            }  # fmt: skip
            self.answer({"url": f"https://huggingface.co/{ID}"})
        elif self.path == "/api/validate-yaml":
            self.answer({"errors": [], "warnings": []})
        elif self.path.endswith("/preupload/main"):
            files = json.loads(body)["files"]
            told = {"uploadMode": "regular", "shouldIgnore": False}
            self.answer({"files": [{"path": file["path"], **told} for file in files]})
        elif self.path.endswith("/commit/main"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    files = self.repositories[ID]["files"]
                    files[value["path"]] = base64.b64decode(value["content"])
            self.answer({"commitUrl": f"https://huggingface.co/{ID}/commit/1", "commitOid": "1"})
        else:
            self.answer({"error": self.path}, 404)

    def do_GET(self):
        self.answer({"id": ID, "sha": "0", "siblings": []})

    def answer(self, data, status=200):
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(monkeypatch):
    kind = type("OneHub", (Hub,), {"repositories": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def run(tmp_path, tiny_checkpoint):
    """A run folder with a chosen checkpoint and its state beside it."""
    tiny_checkpoint.rename(tmp_path / "checkpoint")
    (tmp_path / "state.pt").write_bytes(b"nobody's business")
    return tmp_path


def test_what_arrives_is_the_checkpoint_and_its_card(run, hub, tmp_path, caplog):
    caplog.set_level("INFO")
    assert main(["publish", str(run), ID]) == 0
    (repository,) = hub.repositories.values()
    assert repository["visibility"] == "private"
    names = {"config.json", "model.safetensors", "metrics.json", "README.md"}
    assert set(repository["files"]) >= names
    assert "state.pt" not in repository["files"]
    card = repository["files"]["README.md"].decode()
    assert card.startswith("---\nlibrary_name: a3lign-dfer\n")
    assert f'load_predictor("{ID}").predict("clip.mp4")' in card
    assert HERE not in card
    assert f"--checkpoint {ID}" in caplog.text
    arrived = tmp_path / "arrived"
    arrived.mkdir()
    for name, content in repository["files"].items():
        (arrived / name).write_bytes(content)
    sent, found = load_checkpoint(run / "checkpoint"), load_checkpoint(arrived)
    assert found.class_vectors.equal(sent.class_vectors)
    assert "# Tiny" in found.card.markdown


def test_a_card_that_has_facts_in_front_keeps_them(run, hub):
    card = run / "checkpoint/README.md"
    card.write_text("---\nlicense: mit\n---\n# Mine\n\n" + "\n".join(usage(HERE)))
    assert main(["publish", str(run), ID]) == 0
    text = hub.repositories[ID]["files"]["README.md"].decode()
    assert text.startswith("---\nlicense: mit\n---\n# Mine")
    assert text.count(ID) == text.count("load_predictor(") == 1


def test_everybody_may_see_it_if_asked_for(run, hub):
    assert main(["publish", str(run / "checkpoint"), ID, "--public"]) == 0
    assert hub.repositories[ID]["visibility"] == "public"


def test_a_hub_that_refuses_and_a_damaged_checkpoint_are_said(run, hub, capsys):
    hub.refuses = True
    assert main(["publish", str(run), ID]) == 2
    assert "could not be published" in capsys.readouterr().err
    hub.refuses = False
    assert main(["publish", str(run), "not a name"]) == 2
    assert "is no name for the hub: write owner/name" in capsys.readouterr().err
    weights = run / "checkpoint/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    assert main(["publish", str(run), ID]) == 2
    assert "its weights are not those of its config.json" in capsys.readouterr().err
    weights.unlink()
    assert main(["publish", str(run), ID]) == 2
    assert "model.safetensors is missing" in capsys.readouterr().err
    assert hub.repositories == {}
