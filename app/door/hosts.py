"""Which names is this server asked under, and whose pages may ask?

A web site can point its own name at this machine after its page has loaded (DNS rebinding); the
browser then lets that page read everything from here. The request still carries the site's name,
and only a name can be pointed elsewhere: an address in numbers is what it says.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.door.refusal import refuse

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?")
_SHOWN = 60


class OwnHosts:
    """Refuses requests under foreign names (421) and from other sites' pages (403).

    Args:
        app: What comes next.
        names: This machine's names beside loopback's; addresses in numbers need none.
        fronts: Names of proxies in front of it. Their pages may ask whatever name the proxy puts
            in place of its own.
    """

    def __init__(
        self, app: ASGIApp, *, names: Collection[str] = (), fronts: Collection[str] = ()
    ) -> None:
        self._app = app
        self._fronts = frozenset(map(_plain, fronts))
        self._names = LOOPBACK_NAMES | self._fronts | frozenset(map(_plain, names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        asks = scope["type"] in {"http", "websocket"}
        if asks and (problem := self._problem(Headers(scope=scope))):
            await refuse(*problem, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, headers: Headers) -> tuple[int, str] | None:
        host = ", ".join(headers.getlist("host"))
        parsed = _parse(host)
        if parsed is None or not self._is_own(parsed[0]):
            known = f"This server is not known as {host[:_SHOWN]!r}"
            return 421, f"{known}; its operator can allow a name with --name."
        for origin in headers.getlist("origin"):
            if not self._may_ask(origin, parsed):
                return 403, "Pages of other sites may not use this server; open its own page."
        return None

    def _is_own(self, name: str) -> bool:
        return name in self._names or _is_address(name)

    def _may_ask(self, origin: str, host: tuple[str, str | None]) -> bool:
        """Whether a page's origin is the server's own; "null" is nobody's."""
        scheme, _, rest = origin.partition("://")
        parsed = _parse(rest)
        if scheme not in DEFAULT_PORTS or parsed is None:
            return False
        default = DEFAULT_PORTS[scheme]
        name, port = parsed
        return name in self._fronts or (name, port or default) == (host[0], host[1] or default)


def _parse(text: str) -> tuple[str, str | None] | None:
    """Return name and port of a host, None where it is none."""
    found = _HOST.fullmatch(text)
    return (_plain(found[1]), found[2]) if found else None


def _plain(name: str) -> str:
    return name.lower().strip("[]").rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
