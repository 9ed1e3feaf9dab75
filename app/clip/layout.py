"""The Clip tab: choose a video, get a verdict, look into it, take it along."""

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.context import get_blocks_context

from app.clip.desk import ClipDesk
from app.clip.messages import news
from app.clip.parameters import clip_parameters, description
from app.clip.program_desk import ProgramDesk
from app.clip.reopen.desk import ReopenDesk
from app.clip.upload import MAX_BYTES
from app.door.departures import Departures
from app.examples.routes import example_path
from app.examples.shelf import EXAMPLES, FilmExample
from app.models.shelf import ModelShelf
from app.page.assets import read_asset
from app.page.curl import show_curl_call
from app.page.files import start_script
from app.visit.line import Lines
from app.visit.sessions import SessionStore

# Checked in the browser before anything is sent; the server recognises videos by content.
RESULT_SUFFIXES = (".json", ".jsonl")
SUFFIXES = (
    ".mp4",
    ".mov",
    ".webm",
    ".mkv",
    ".avi",
    ".m4v",
    ".gif",
    ".webp",
    ".png",
    ".jpg",
    ".jpeg",
)

# What the page sets off, and "ask", which it never does: that one is there for programs.
EVENTS = ("analyse", "reopen", "join", "regroup", "forget", "preview", "save", "ask")


def render(
    shelf: ModelShelf,
    store: SessionStore,
    lines: Lines | None = None,
    departures: Departures | None = None,
) -> gr.HTML:
    """Lay out the tab; call inside Blocks.

    Args:
        shelf: The models.
        store: The visitors.
        lines: Where heavy work takes turns.
        departures: Tells work for programs that nobody waits for it.

    Returns:
        The component that is the tab. Other tabs follow the clip through ``clip`` and ``cursor`` of
        ``shared/shared.js``, and through ``app.clip.open_clip`` on the server.
    """
    lines = lines or Lines()
    desk = ClipDesk(shelf, store, lines)
    programs = ProgramDesk(shelf, store, lines.analyses, departures)
    tab = gr.HTML(
        value="",
        html_template=read_asset("clip/clip.html").replace(
            "<!-- studio -->", read_asset("clip/studio.html")
        ),
        js_on_load=start_script("clip/wire.js", *EVENTS),
        apply_default_css=False,
        elem_id="clip",
        copy="",
        saved="",
        opened="",
        limits={
            "suffixes": list(SUFFIXES),
            "results": list(RESULT_SUFFIXES),
            "max_bytes": MAX_BYTES,
            "duration_s": shelf.own.predictor.limits.duration_s,
        },
        examples=[
            {"name": each.name, "title": each.title, "note": each.note, "image": _picture(each)}
            for each in EXAMPLES
        ],
    )
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # "multiple": a new clip may come before the cancelled one has wound down.
    analysis = tab.analyse(
        desk.analyse,
        outputs=tab,
        trigger_mode="multiple",
        concurrency_limit=None,
        **quiet,
    )
    analysis.failure(desk.refused, outputs=tab, queue=False, **quiet)
    # These have lines of their own, in which each visitor has one place.
    own: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": None, **quiet}
    saved = ReopenDesk(shelf, store, lines.analyses)
    tab.reopen(saved.reopen, outputs=tab, **own)
    tab.join(saved.join, outputs=tab, **own)
    tab.regroup(desk.regroup, outputs=tab, **own)
    tab.forget(desk.forget, queue=False, **quiet)
    tab.preview(desk.preview, outputs=tab, **own)
    tab.save(desk.save, outputs=tab, **own)
    show_curl_call(example_path(EXAMPLES[0].name))
    inputs, output = clip_parameters(programs, _own_address())
    tab.ask(
        programs.predict_clip,
        inputs=inputs,
        outputs=output,
        preprocess=False,
        postprocess=False,
        api_name="predict_clip",
        api_description=description(),
        concurrency_limit=None,
        show_progress="hidden",
    )
    return tab


def _own_address() -> Callable[[], str | None]:
    blocks = get_blocks_context()
    return lambda: getattr(blocks, "local_url", None)


def open_from(event: Any, tab: gr.HTML, tabs: gr.Tabs) -> None:
    """Let another tab's event open the clip that it has left in the visitor's session.

    Args:
        event: For instance ``live.saved``; the clip waits under ``SAVED_CLIP``.
        tab: What ``render`` returned.
        tabs: The tabs, to show this one.
    """
    event(
        lambda: (news(opened={}), gr.Tabs(selected="clip")),
        outputs=[tab, tabs],
        show_progress="hidden",
        api_visibility="private",
    )


def _picture(example: FilmExample) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(example.thumbnail()).decode()}"
