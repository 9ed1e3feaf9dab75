"""The Live tab: a mirror that shows what the model sees."""

from typing import TYPE_CHECKING

import gradio as gr

from app.models.description import live_settings
from app.page.assets import read_asset
from app.page.files import start_script

if TYPE_CHECKING:
    from core.predictor import Predictor


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
        js_on_load=start_script("live/wire.js", "saved"),
        elem_id="live",
        apply_default_css=False,
        settings=live_settings(predictor),
    )
