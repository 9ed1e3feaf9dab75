"""The Alignment tab: which learned sentences answer to the video, when, and why."""

import gradio as gr

from app.page.assets import read_asset
from app.page.files import script_tags

SCRIPTS = (
    "shared/shared.js",
    "alignment/data.js",
    "alignment/figures/card.js",
    "alignment/figures/space.js",
    "alignment/figures/map.js",
    "alignment/figures/map_choice.js",
    "alignment/figures/heat.js",
    "alignment/figures/reading.js",
    "alignment/words.js",
    "alignment/figures/time.js",
    "alignment/figures/tokens.js",
    "alignment/figures/film.js",
    "alignment/player.js",
    "alignment/alignment.js",
)


def render() -> gr.HTML:
    """Lay out the tab; call inside Blocks.

    Nothing passes through Gradio: ``alignment/alignment.js`` asks the routes of
    ``app.alignment.routes``, and follows the clip and its moment through ``a3lign.clip`` and
    ``a3lign.cursor``.
    """
    return gr.HTML(
        html_template=read_asset("alignment/alignment.html"),
        js_on_load=read_asset("alignment/wire.js"),
        head=script_tags(*SCRIPTS),
        apply_default_css=False,
        elem_id="alignment",
    )
