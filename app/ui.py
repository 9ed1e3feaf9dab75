"""The page: one Blocks that holds every tab over one predictor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.routing import BaseRoute

from app.about import layout as about
from app.alignment import layout as alignment
from app.alignment.desk_shelf import AlignmentDesks
from app.alignment.routes import alignment_routes
from app.clip import layout as clip
from app.clip.ready import prepare_examples
from app.clip.routes import clip_routes
from app.clip.second_opinion import SecondOpinion
from app.clip.upload import UPLOAD_LIMITS, upload_routes
from app.door.departures import Departures
from app.examples.routes import example_routes
from app.examples.shelf import ExampleShelf
from app.live import layout as live
from app.live.desk import CameraDesk
from app.live.routes import CAMERA_LIMITS, camera_routes
from app.models.description import describe
from app.models.routes import model_routes
from app.models.shelf import ModelShelf
from app.page.assets import read_asset
from app.page.files import asset_routes, start_script, stylesheets
from app.page.head import TITLE
from app.page.launch import DELETE_CACHE, QUEUE
from app.page.links import code_address
from app.page.theme import build_theme
from app.visit import visitor
from app.visit.line import Lines
from app.visit.quota import Quota, Room
from app.visit.sessions import SessionStore
from core.predictor import Predictor
from core.video import sandbox


@dataclass(frozen=True)
class App:
    """Everything that ``Blocks.launch`` needs to know about the page.

    Attributes:
        blocks: The page.
        store: The visitors; start it before the server, stop it after.
        routes: Routes to serve beside Gradio's own.
        body_limits: Paths of them that accept large bodies, and how large [bytes].
        departures: Tells work for programs that nobody waits for it; to be given to the gate.
        look: Theme and styles, arguments of ``launch``.
        warm_up: Starts in the background what would keep the first visitor waiting.
    """

    blocks: gr.Blocks
    store: SessionStore
    routes: list[BaseRoute]
    body_limits: Mapping[str, int] = field(default_factory=dict)
    departures: Departures = field(default_factory=Departures)
    look: dict[str, Any] = field(default_factory=dict)
    warm_up: Callable[[], None] = lambda: None


def build_app(
    predictor: Predictor,
    store: SessionStore | None = None,
    shelf: ModelShelf | None = None,
    room: Room | None = None,
) -> App:
    """Build the page around a predictor; nothing is served yet.

    Args:
        predictor: The model that every visit begins with.
        store: The visitors; by default a new one, whose files lie where Gradio serves them from.
        shelf: The models that visitors can choose; by default the predictor alone.
        room: How much disk their files may take.
    """
    shelf = shelf or ModelShelf(predictor)
    root = Path(get_upload_folder())
    store = store or SessionStore(root)
    departures, lines = Departures(), Lines()
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=DELETE_CACHE) as blocks:
        _header(shelf)
        visitor.render(store)
        with gr.Tabs(selected="clip", elem_id="tabs") as tabs:
            with gr.Tab("Clip", id="clip"):
                clip_tab = clip.render(shelf, store, lines, departures)
            with gr.Tab("Live", id="live"):
                live_tab = live.render(predictor)
            with gr.Tab("Alignment", id="alignment", render_children=True):
                alignment.render()
            with gr.Tab("About", id="about"):
                about.render(shelf, store)
        clip.open_from(live_tab.saved, clip_tab, tabs)
    blocks.queue(**QUEUE)
    desks = AlignmentDesks(shelf)
    routes = [
        *asset_routes(),
        *visitor.visitor_routes(store),
        *model_routes(store, shelf),
        *upload_routes(store, Quota(root, room)),
        *clip_routes(store, SecondOpinion(shelf, lines.analyses)),
        *example_routes(ExampleShelf()),
        *camera_routes(store, CameraDesk(shelf)),
        *alignment_routes(store, desks.desk),
    ]
    look = {"theme": build_theme(), "css_paths": stylesheets()}
    limits = {**CAMERA_LIMITS, **UPLOAD_LIMITS}

    def warm_up() -> None:
        sandbox.warm_up()
        desks.warm_up()
        prepare_examples(shelf.own, ExampleShelf())

    return App(blocks, store, routes, limits, departures, look, warm_up)


def _header(shelf: ModelShelf) -> None:
    gr.HTML(
        html_template=read_asset("shared/header.html"),
        js_on_load=start_script("shared/header.js"),
        apply_default_css=False,
        elem_id="header",
        model=describe(shelf.own),
        code=code_address(),
    )
