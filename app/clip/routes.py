"""Where does the Clip page ask what another model would say?"""

import functools
from collections.abc import Callable
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clip.second_opinion import SecondOpinion
from app.models.routes import THREADS, model_name
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.visitor import session_route
from core.errors import ConfigError


def clip_routes(store: SessionStore, opinion: SecondOpinion) -> list[Route]:
    """Return the route that ``clip/verdict/second.js`` speaks to."""
    threads = anyio.CapacityLimiter(THREADS)
    run = functools.partial(anyio.to_thread.run_sync, limiter=threads)

    async def second(session: VisitorSession, request: Request) -> Response:
        face = request.query_params.get("face", "0")
        if not face.isdecimal() or len(face) > 6:
            raise ConfigError(f"face must be a whole number, got {face[:20]!r}")
        name = model_name(request)
        ask: Callable[[], Any] = functools.partial(opinion.ask, session, name, int(face))
        return JSONResponse(await run(ask))

    return [session_route(store, "/models/second", second)]
