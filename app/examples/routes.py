"""Where are the examples for programs that try the interface?"""

import re
import tempfile
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.examples.shelf import ExampleShelf
from core.errors import VideoError

ENDING = ".webm"
_ADDRESS = re.compile(r"https?://[^/?#]+(?:/[^?#]*)?/examples/([a-z0-9_-]{1,40})\.webm")


def example_path(name: str) -> str:
    """Return the path of an example on the server."""
    return f"/examples/{name}{ENDING}"


def example_name(address: str) -> str | None:
    """Return which example an address names, None where it names none.

    The address is never asked: whatever server it names, this one's example is meant.
    """
    found = _ADDRESS.fullmatch(address)
    return found[1] if found else None


def example_routes(shelf: ExampleShelf) -> list[Route]:
    """Return the route that hands out the examples."""

    def read(name: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return shelf.place(name, Path(folder)).read_bytes()

    async def example(request: Request) -> Response:
        name = str(request.path_params["name"]).removesuffix(ENDING)
        try:
            data = await anyio.to_thread.run_sync(read, name)
        except VideoError as error:
            return Response(str(error), status_code=404, media_type="text/plain")
        return Response(data, media_type="video/webm")

    return [Route("/examples/{name}", example, methods=["GET"])]
