import inspect

import gradio as gr

from app.page.launch import keep_private, launch_options, on_spaces


def test_private_by_default():
    options = launch_options(environment={})
    assert options["server_name"] == "127.0.0.1"
    assert options["server_port"] == 7860
    for name in ("share", "ssr_mode", "run_history", "enable_monitoring", "mcp_server", "pwa"):
        assert options[name] is False, name
    assert options["allowed_paths"] == []
    assert options["max_file_size"] == "64mb"


def test_gradio_knows_every_option():
    assert set(launch_options(environment={})) <= set(
        inspect.signature(gr.Blocks.launch).parameters
    )


def test_a_space_listens_to_its_proxy_and_stays_private():
    options = launch_options(environment={"SPACE_ID": "someone/a3lign"})
    assert on_spaces({"SPACE_ID": "someone/a3lign"})
    assert options["server_name"] == "0.0.0.0"
    assert options["share"] is False
    assert options["ssr_mode"] is False


def test_the_callers_choice_comes_before_the_environment():
    environment = {"GRADIO_SERVER_PORT": "7001", "GRADIO_SERVER_NAME": "10.0.0.1"}
    assert launch_options(environment=environment)["server_port"] == 7001
    assert launch_options(environment=environment)["server_name"] == "10.0.0.1"
    chosen = launch_options(host="127.0.0.2", port=7002, environment=environment)
    assert (chosen["server_name"], chosen["server_port"]) == ("127.0.0.2", 7002)


def test_reports_home_are_off_unless_the_operator_wants_them():
    environment: dict[str, str] = {}
    keep_private(environment)
    assert environment["GRADIO_ANALYTICS_ENABLED"] == "False"
    wanted = {"GRADIO_ANALYTICS_ENABLED": "True"}
    keep_private(wanted)
    assert wanted["GRADIO_ANALYTICS_ENABLED"] == "True"


def test_a_space_installs_what_opencv_needs(request):
    packages = (request.config.rootpath / "packages.txt").read_text().split()
    assert packages == ["libgl1"]  # FFmpeg comes with PyAV
