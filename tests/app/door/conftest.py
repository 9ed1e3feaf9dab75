"""Small apps behind one rule or all of them."""

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient


async def size(request):
    return JSONResponse({"size": len(await request.body())})


async def streamed(request):
    count = 0
    async for part in request.stream():
        count += len(part)
    return JSONResponse({"size": count})


async def hello(_):
    return PlainTextResponse("hello", headers={"cache-control": "public"})


def small_app(middleware=()):
    """Whatever is asked: GET says hello, POST counts the body."""
    routes = [
        Route("/large", streamed, methods=["POST"]),
        Route("/{path:path}", size, methods=["POST"]),
        Route("/{path:path}", hello, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=list(middleware))


@pytest.fixture
def behind():
    """A client of the small app behind some middleware."""

    def make(*middleware, base_url="http://127.0.0.1:7860"):
        return TestClient(small_app(middleware), base_url=base_url)

    return make
