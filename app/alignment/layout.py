"""The Alignment tab: which learned sentences answer to the video, when, and why."""

import gradio as gr

from app.page.files import read_asset, script_tags

SCRIPTS = (
    "shared.js",
    "alignment_data.js",
    "alignment_card.js",
    "alignment_space.js",
    "alignment_map.js",
    "alignment_maps.js",
    "alignment_heat.js",
    "alignment_reading.js",
    "alignment_words.js",
    "alignment_time.js",
    "alignment_tokens.js",
    "alignment_film.js",
    "alignment_player.js",
    "alignment.js",
)


def render() -> gr.HTML:
    """Lay out the tab; call inside Blocks.

    Nothing passes through Gradio: ``alignment.js`` asks the routes of ``app.alignment.routes``,
    and follows the clip and its moment through ``a3lign.clip`` and ``a3lign.cursor``.
    """
    return gr.HTML(
        html_template=read_asset("alignment.html"),
        js_on_load=read_asset("alignment_wire.js"),
        head=script_tags(*SCRIPTS),
        apply_default_css=False,
        elem_id="alignment",
    )
