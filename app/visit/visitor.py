"""How do a page and its session on the server find, keep and lose each other?"""

import functools
import json
from collections.abc import Awaitable, Callable

import anyio
import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.page.assets import read_asset
from app.page.files import start_script
from app.visit.address import address_of
from app.visit.boundary import shows_errors
from app.visit.sessions import SessionEndedError, SessionStore, VisitorSession
from core.errors import A3LignError

TOKEN_HEADER = "x-visit"

Handler = Callable[[VisitorSession, Request], Awaitable[Response]]


class Reception:
    """Gradio's events about a visit.

    Methods, because Gradio finds out from the annotations which parameter wants the request, and
    ``functools.partial`` hides them.
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    @shows_errors
    def welcome(self, request: gr.Request) -> str:
        """Return the token of the page's session: JSON for ``shared/visitor.js``."""
        return json.dumps({"token": self._session(request).token})

    def depart(self, request: gr.Request) -> None:
        """Note that the page's connection broke."""
        self._store.depart(str(request.session_hash))

    def erase(self, request: gr.Request) -> None:
        """Delete everything of this visitor now."""
        self._store.close(self._session(request))

    def _session(self, request: gr.Request) -> VisitorSession:
        return self._store.get(str(request.session_hash), address_of(request))


def render(store: SessionStore) -> gr.HTML:
    """Lay out the invisible part of the page that speaks for the visitor; call inside Blocks.

    It belongs outside the tabs: Gradio does not load the contents of a tab before its first visit.
    """
    reception = Reception(store)
    page = gr.HTML(
        html_template=read_asset("shared/visitor.html"),
        js_on_load=start_script("shared/visitor.js", "welcome"),
        elem_id="visitor",
    )
    page.welcome(
        reception.welcome,
        outputs=page,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    blocks = gr.context.Context.root_block
    if isinstance(blocks, gr.Blocks):
        blocks.unload(reception.depart)
    return page


def visitor_routes(store: SessionStore) -> list[Route]:
    """Return the routes that keep and end a visit."""
    return [
        session_route(store, "/visitor/ping", _ping),
        session_route(store, "/visitor/leave", functools.partial(_leave, store)),
    ]


def session_route(store: SessionStore, path: str, handler: Handler) -> Route:
    """Return a POST route that only the page with the session's token can use.

    A token that is not known (server restarted, visit over) is answered with status 410, anything
    else a visitor can cause with 400; both carry one sentence as ``message``.
    """

    async def endpoint(request: Request) -> Response:
        try:
            session = store.by_token(request.headers.get(TOKEN_HEADER, ""))
            return await handler(session, request)
        except SessionEndedError as error:
            return refusal(410, str(error))
        except A3LignError as error:
            return refusal(400, str(error))

    return Route(path, endpoint, methods=["POST"])


def refusal(status: int, message: str) -> JSONResponse:
    """Return an answer that holds one sentence."""
    return JSONResponse({"message": message}, status_code=status)


async def _ping(session: VisitorSession, request: Request) -> Response:
    session.touch(hidden=request.query_params.get("hidden") == "1")
    return Response(status_code=204)


async def _leave(store: SessionStore, session: VisitorSession, _: Request) -> Response:
    await anyio.to_thread.run_sync(store.close, session)
    return Response(status_code=204)
