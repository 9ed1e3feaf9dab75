import asyncio
import json
import re
import socket
import sys

import pytest

from app import main
from app.page import launch
from app.page.assets import read_asset
from app.ui import build_app
from app.visit.quota import Room


@pytest.fixture
def app(predictor):
    async def build():
        # Outside a running loop Gradio makes loops of its own and never closes them.
        return build_app(predictor)

    return asyncio.run(build())


def test_the_page_builds_around_any_predictor(app):
    config = app.blocks.get_config_file()
    kinds = [component["type"] for component in config["components"]]
    assert kinds.count("tabitem") >= 3


def test_only_named_endpoints_are_public(app):
    public = {
        dependency["api_name"]
        for dependency in app.blocks.get_config_file()["dependencies"]
        if dependency["api_visibility"] == "public"
    }
    assert public == {"predict_clip"}


def test_the_programming_interface_has_real_parameters(app):
    (name, endpoint), *others = app.blocks.get_api_info()["named_endpoints"].items()
    assert (name, others) == ("/predict_clip", [])
    given = {each["parameter_name"]: each for each in endpoint["parameters"]}
    assert list(given) == ["video", "model", "detector", "all_faces", "start_s", "end_s"]
    assert given["video"]["python_type"]["type"] == "filepath"
    assert given["video"]["example_input"]["meta"] == {"_type": "gradio.FileData"}
    assert given["video"]["example_input"]["url"].endswith(".webm")
    assert not given["video"]["parameter_has_default"]
    assert all(each["parameter_has_default"] for name, each in given.items() if name != "video")
    assert given["model"]["python_type"]["type"].startswith("Literal['")
    assert given["all_faces"]["parameter_default"] is False


def test_no_address_is_fetched_for_programs(app):
    (ask,) = (fn for fn in app.blocks.fns.values() if fn.api_name == "predict_clip")
    given = {"path": "http://127.0.0.1:9/secret.mp4", "meta": {"_type": "gradio.FileData"}}
    rest = ["fake", "haar", False, 0, 0]
    video, *_ = asyncio.run(app.blocks.preprocess_data(ask, [given, *rest], None))
    assert video["path"] == given["path"]


def test_nothing_on_the_page_names_another_host(app):
    config = json.dumps(app.blocks.get_config_file()["components"])
    # The paper is linked, not loaded.
    ours = {"www.w3.org", "127.0.0.1", "arxiv.org"}
    hosts = set(re.findall(r"https?://([\w.-]+)", config)) - ours
    assert not hosts


@pytest.mark.parametrize("name", ["clip/clip.html", "clip/studio.html", "shared/header.html"])
def test_static_templates_survive_gradios_templating(name):
    """Gradio reads a template as Handlebars and as a JavaScript template string."""
    assert not re.search(r"`|\$\{|\{\{|\\", read_asset(name))


def test_a_missing_checkpoint_is_one_sentence_and_status_2(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--checkpoint", "/nowhere/at-all"])
    assert main.main() == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "/nowhere/at-all" in message


def test_a_place_without_checkpoints_is_one_sentence_and_status_2(capsys, tmp_path):
    given = ["--port", "0", "--device", "cpu", "--checkpoints", str(tmp_path)]
    assert main.serve(main.parse_arguments(given)) == 2
    assert "no checkpoint" in capsys.readouterr().err


def test_strangers_may_not_name_hub_ids_unless_the_operator_says_so():
    assert main.parse_arguments([]).hub is None
    assert main.parse_arguments(["--no-hub"]).hub is False
    assert launch.is_private("127.0.0.1")
    assert not launch.is_private("0.0.0.0")


def test_a_port_in_use_is_one_sentence_and_status_2(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main.serve(main.parse_arguments(["--port", str(port)])) == 2
    assert f"port {port} is in use" in capsys.readouterr().err


def test_a_host_that_is_not_this_machine_is_one_sentence(capsys):
    assert main.serve(main.parse_arguments(["--host", "192.0.2.1"])) == 2
    assert "192.0.2.1" in capsys.readouterr().err


def test_an_operator_says_how_much_disk_clips_may_take():
    given = main.parse_arguments(["--visitor-mb", "100", "--visitors-mb", "900"])
    assert (given.visitor_mb, given.visitors_mb) == (100, 900)
    usual = main.parse_arguments([])
    room = Room()
    assert (usual.visitor_mb * 10**6, usual.visitors_mb * 10**6) == (
        room.visit_bytes,
        room.total_bytes,
    )


@pytest.mark.parametrize(
    "arguments",
    [["--detector", "magic"], ["--port", "x"], ["--colour"], ["--visitor-mb", "10"]],
)
def test_bad_arguments_end_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main.parse_arguments(arguments)
    assert end.value.code == 2


def test_no_place_for_visitors_files_is_one_sentence(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "inside"))
    monkeypatch.setattr(sys, "argv", ["main.py"])
    assert main.main() == 2
    assert "GRADIO_TEMP_DIR" in capsys.readouterr().err
