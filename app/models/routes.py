"""How does a page ask which models there are, and for another one?"""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clip.second_opinion import SecondOpinion
from app.live.layout import settings
from app.models.shelf import ModelShelf, OpenModel
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.visitor import session_route
from core.checkpoint.baseline import is_zero_shot
from core.errors import ConfigError

# Loading is done one at a time; the second thread is for models that are loaded already.
THREADS = 2
NAME_CHARACTERS = 200


def model_routes(store: SessionStore, shelf: ModelShelf, opinion: SecondOpinion) -> list[Route]:
    """Return the routes that ``shared/models.js`` and ``clip/second.js`` speak to."""
    threads = anyio.CapacityLimiter(THREADS)
    run = functools.partial(anyio.to_thread.run_sync, limiter=threads)

    async def offers(session: VisitorSession, _: Request) -> Response:
        chosen = shelf.chosen(session)
        return JSONResponse(
            {
                "models": [{"name": name, "note": note(shelf, name)} for name in shelf.names()],
                "chosen": describe(chosen),
                "hub": shelf.hub,
            }
        )

    async def choose(session: VisitorSession, request: Request) -> Response:
        return JSONResponse(describe(await run(shelf.choose, session, _name(request))))

    async def second(session: VisitorSession, request: Request) -> Response:
        face = request.query_params.get("face", "0")
        if not face.isdecimal() or len(face) > 6:
            raise ConfigError(f"face must be a whole number, got {face[:20]!r}")
        ask: Callable[[], Any] = functools.partial(opinion.ask, session, _name(request), int(face))
        return JSONResponse(await run(ask))

    return [
        session_route(store, "/models/list", offers),
        session_route(store, "/models/choose", choose),
        session_route(store, "/models/second", second),
    ]


def describe(model: OpenModel) -> dict[str, Any]:
    """Return what the page must know about the model in use; JSON-like."""
    predictor = model.predictor
    return {
        "name": model.name,
        "is_demo": predictor.card.is_demo,
        "live": settings(predictor),
    }


def note(shelf: ModelShelf, name: str) -> str:
    """Say in a few words what a model is, without loading it."""
    if name == shelf.own.name:
        model = shelf.own.predictor.checkpoint.config.model
        facts = (model.method, model.backbone.name, f"{len(model.labels)} expressions")
        return f"{', '.join(facts)}; every visit begins with it"
    if is_zero_shot(shelf.source(name)):
        return "a baseline without training: only sentences about each expression"
    source = Path(shelf.source(name))
    if not source.is_dir():
        return "from Hugging Face"
    try:
        config = json.loads((source / "config.json").read_text())
        model = config["model"]
        method = config.get("method") or model.get("method", "")
        known = [method, model["backbone"]["name"], f"{len(model['labels'])} expressions"]
        return ", ".join(each for each in known if each)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "its settings cannot be read"


def _name(request: Request) -> str:
    return request.query_params.get("name", "")[:NAME_CHARACTERS]
