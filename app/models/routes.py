"""How does a page ask which models there are, and for another one?"""

import functools

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.models.description import describe, note
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.visitor import session_route

# Loading is done one at a time; the second thread is for models that are loaded already.
THREADS = 2
NAME_CHARACTERS = 200


def model_routes(store: SessionStore, shelf: ModelShelf) -> list[Route]:
    """Return the routes that ``shared/models.js`` speaks to."""
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
        return JSONResponse(describe(await run(shelf.choose, session, model_name(request))))

    return [
        session_route(store, "/models/list", offers),
        session_route(store, "/models/choose", choose),
    ]


def model_name(request: Request) -> str:
    """Return the name that a request asks for, as long as names can be."""
    return request.query_params.get("name", "")[:NAME_CHARACTERS]
