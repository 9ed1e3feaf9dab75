"""The Alignment tab: which learned sentences answer to the video, when, and why."""

import gradio as gr

from app.page.assets import read_asset
from app.page.files import start_script


def render() -> gr.HTML:
    """Lay out the tab; call inside Blocks.

    Nothing passes through Gradio: ``alignment/alignment.js`` asks the routes of
    ``app.alignment.routes``, and follows the clip and its moment through ``clip`` and ``cursor`` of
    ``shared/shared.js``.
    """
    return gr.HTML(
        html_template=read_asset("alignment/alignment.html"),
        js_on_load=start_script("alignment/wire.js"),
        apply_default_css=False,
        elem_id="alignment",
    )
