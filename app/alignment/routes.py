"""Where does the Alignment tab send its questions?

Plain POST requests, as for the camera: the page asks for many small things at once, and answers
must not wait in the queue behind the analysis of a clip.
"""

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

import anyio
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.alignment.desk import AlignmentDesk, NotReadyError
from app.alignment.files import KINDS, make_file
from app.figures.style import Mode
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.visitor import Handler, session_route
from core.errors import ConfigError
from core.explain.layouts import MapChoice
from core.explain.projection import Mode as Placement
from core.explain.projection import Technique
from core.explain.sentence_map import Side

# Explanations of several visitors at once would only slow each other down.
THREADS = 3

Name = TypeVar("Name", bound=str)
Ask = Callable[[AlignmentDesk, VisitorSession, QueryParams], Any]
DeskFor = Callable[[VisitorSession], AlignmentDesk]


def alignment_routes(store: SessionStore, desk_for: DeskFor) -> list[Route]:
    """Return the routes that ``alignment/alignment.js`` speaks to; each answers with JSON.

    Args:
        store: The visitors.
        desk_for: Returns the desk that answers a visitor: theirs may be another model's.
    """
    threads = anyio.CapacityLimiter(THREADS)
    run = functools.partial(anyio.to_thread.run_sync, limiter=threads)

    def answer(ask: Ask) -> Handler:
        async def handler(session: VisitorSession, request: Request) -> Response:
            try:
                with session.in_use():
                    return JSONResponse(
                        await run(ask, desk_for(session), session, request.query_params)
                    )
            except NotReadyError:
                return Response(status_code=202)  # ask again

        return handler

    async def save(session: VisitorSession, request: Request) -> Response:
        query, desk = request.query_params, desk_for(session)
        explained = await run(desk.explained, session, _number(query, "face"))
        kind = _one_of(query, "kind", KINDS)
        beside = await run(desk.beside.explained, session, explained)
        maps = desk.drawn_maps(session, _number(query, "face"), beside) if kind == "html" else {}
        technique: Technique = "umap" if desk.umap_state == "ready" else "pca"
        file = await run(make_file, explained, kind, technique, beside, maps)
        heading = {"content-disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.media_type, headers=heading)

    return [
        session_route(store, "/alignment/model", answer(lambda desk, _s, _q: desk.model())),
        session_route(
            store, "/alignment/captions", answer(lambda desk, _s, _q: desk.words.captions())
        ),
        session_route(store, "/alignment/clip", answer(_clip)),
        session_route(store, "/alignment/map", answer(_map)),
        session_route(store, "/alignment/neighbours", answer(_neighbours)),
        session_route(store, "/alignment/relevance", answer(_relevance)),
        session_route(store, "/alignment/words", answer(_words)),
        session_route(store, "/alignment/beside", answer(_beside)),
        session_route(store, "/alignment/other", answer(_other)),
        session_route(store, "/alignment/save", save),
    ]


def _clip(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    return desk.clip(session, _number(query, "face"))


def _other(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    return desk.other(session, _number(query, "face"))


def _map(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    face, mode = _number(query, "face"), _mode(query)
    choice = MapChoice(
        side=_one_of(query, "side", get_args(Side)),
        mode=_one_of(query, "mode", get_args(Placement)),
        technique=_one_of(query, "technique", get_args(Technique)),
        dimensions=3 if _number(query, "dimensions") == 3 else 2,
    )
    beside, behind = (query.get(name) == "1" for name in ("beside", "behind"))
    return desk.map(session, face, choice, mode, beside=beside, behind=behind)


def _neighbours(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    return desk.neighbours(session, _number(query, "face"))


def _relevance(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    return desk.relevance(session, _number(query, "face"), _number(query, "class"))


def _words(desk: AlignmentDesk, _: VisitorSession, query: QueryParams) -> Any:
    everything = query.get("everything") == "1"
    return desk.words.nearest(
        _number(query, "class"), _number(query, "sentence"), everything=everything
    )


def _beside(desk: AlignmentDesk, session: VisitorSession, query: QueryParams) -> Any:
    """Choose what to compare with; answers with its title."""
    what: Literal["clip", "model", "nothing"] = _one_of(query, "what", ("clip", "model", "nothing"))
    if what == "clip":
        desk.beside.keep_clip(session, desk.explained(session, _number(query, "face")))
    elif what == "model":
        desk.beside.keep_model(session, query.get("name", ""))
    else:
        desk.beside.clear(session)
    return {"beside": desk.beside.title(session)}


def _mode(query: QueryParams) -> Mode:
    return _one_of(query, "look", get_args(Mode))


def _number(query: QueryParams, name: str) -> int:
    text = query.get(name, "0")
    if not text.isdecimal() or len(text) > 6:
        raise ConfigError(f"{name} must be a whole number, got {text[:20]!r}")
    return int(text)


def _one_of(query: QueryParams, name: str, choices: tuple[Name, ...]) -> Name:
    text = query.get(name, choices[0])
    for choice in choices:
        if choice == text:
            return choice
    raise ConfigError(f"{name} must be one of {', '.join(choices)}, got {text[:20]!r}")
