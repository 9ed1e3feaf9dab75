"""The Live tab: a mirror that shows what the model sees."""

from typing import TYPE_CHECKING

import gradio as gr

from app.models.description import live_settings
from app.page.assets import read_asset
from app.page.files import script_tags

if TYPE_CHECKING:
    from core.predictor import Predictor

SCRIPTS = (
    "shared/shared.js",
    "live/camera.js",
    "live/chart.js",
    "live/exchange.js",
    "live/recorder.js",
    "live/view.js",
    "live/past.js",
    "live/live.js",
)


def render(predictor: "Predictor") -> gr.HTML:
    """Lay out the tab; call inside Blocks.

    The camera, its frames and the curves never pass through Gradio: ``live/live.js`` speaks to the
    routes of ``app.live.routes`` itself.

    Returns:
        The part of the page; its event ``saved`` tells that a clip waits under
        ``app.clip.open_clip.SAVED_CLIP`` in the visitor's session.
    """
    return gr.HTML(
        html_template=read_asset("live/live.html"),
        js_on_load=read_asset("live/wire.js"),
        head=script_tags(*SCRIPTS),
        elem_id="live",
        apply_default_css=False,
        settings=live_settings(predictor),
    )
