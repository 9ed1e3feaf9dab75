import types

import gradio as gr
import pytest

from app.live.layout import render
from app.models.description import live_settings
from core.labels import ELEVEN


@pytest.fixture
def predictor():
    calibration = types.SimpleNamespace(margin=0.15)
    config = types.SimpleNamespace(calibration=calibration)
    return types.SimpleNamespace(
        labels=ELEVEN,
        device="cuda",
        detector=types.SimpleNamespace(name="yunet"),
        checkpoint=types.SimpleNamespace(config=config),
    )


def test_the_page_learns_the_classes_in_model_order(predictor):
    given = live_settings(predictor)
    assert tuple(given["classes"]) == ELEVEN
    looks = {(look["light"], look["dash"]) for look in given["classes"].values()}
    assert len(looks) == len(ELEVEN)
    assert (given["device"], given["detector"], given["margin"]) == ("cuda", "yunet", 0.15)
    assert given["can_calibrate"] is True


def test_without_a_neutral_class_there_is_nothing_to_calibrate(predictor):
    predictor.labels = ("joy", "gloom")
    assert live_settings(predictor)["can_calibrate"] is False


def test_the_tab_builds_with_its_script_and_its_event(predictor):
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = render(predictor)
        tab.saved(lambda: None, api_visibility="private")
    props = blocks.get_config_file()["components"][0]["props"]
    assert "/live/wire.js" in props["js_on_load"]
    assert "head" not in props  # no chart library, no script of another host
    assert "I am an adult" in props["html_template"]
