"""The gate: every rule that a request passes, in order."""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware

from app.door.bodies import BodyGuard
from app.door.departures import AnswerStreams, Departures
from app.door.headers import AnswerHeaders
from app.door.hosts import LOOPBACK_NAMES, OwnHosts
from app.door.opened import OpenedRoutes

# Names of proxies, with commas, where nobody writes a command line.
FRONTS = "A3LIGN_NAMES"
RULES: tuple[Any, ...] = (AnswerHeaders, OwnHosts, OpenedRoutes, BodyGuard, AnswerStreams)


def gate(
    *,
    host: str,
    fronts: Sequence[str] = (),
    limits: Mapping[str, int] | None = None,
    public: Sequence[str] = (),
    departures: Departures | None = None,
    environment: Mapping[str, str] = os.environ,
) -> list[Middleware]:
    """Return the rules as Starlette middleware, the outermost first.

    Args:
        host: What the server listens on, an address or a name.
        fronts: Names of reverse proxies in front of it.
        limits: Paths that accept large bodies, and how large [bytes].
        public: Beginnings of paths, beside Gradio's own, whose answers browsers may keep.
        departures: Is told which programs no longer wait.
        environment: Where a Space is told its own name, and can be told others.
    """
    given = environment.get(FRONTS, "").split(",")
    fronts = [name.strip() for name in (*fronts, *given, environment.get("SPACE_HOST", "")) if name]
    return [
        Middleware(AnswerHeaders, public=public),
        Middleware(OwnHosts, names=machine_names(host), fronts=fronts),
        Middleware(OpenedRoutes),
        Middleware(BodyGuard, limits=limits or {}),
        Middleware(AnswerStreams, departures=departures or Departures()),
    ]


@contextlib.asynccontextmanager
async def stand_outermost(app: Starlette) -> AsyncIterator[None]:
    """Put the gate in front of what else an application added; to be its ``lifespan``.

    Gradio puts rules of its own in front of those it is given. One allows pages of other sites to
    read answers, and so it did with those by which the gate refuses them.

    Args:
        app: About to start: nothing is served yet.
    """
    app.user_middleware.sort(key=lambda each: each.cls not in RULES)
    app.middleware_stack = app.build_middleware_stack()
    yield


def machine_names(host: str) -> list[str]:
    """Return the names under which others reach what listens on ``host``, none for loopback."""
    if host in LOOPBACK_NAMES:
        return []
    name = socket.gethostname()
    return [host, name, f"{name}.local"]
