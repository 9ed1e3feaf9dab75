"""The scripts that every visit begins with, in one file: each one by itself costs a round trip."""

import functools
import re
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.page.assets import read_asset
from app.page.modules import IMPORT, needed_modules, neighbour

# The parts that every visit begins with.
FIRST = ("shared/visitor.js", "shared/header.js", "clip/wire.js")
BUNDLE = "first.js"

EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
JAVASCRIPT = "text/javascript"


def bundle_routes(base: str) -> list[Route]:
    """Return the routes of the bundle, and of each module in it.

    A module in the bundle is also there under its own address, where other modules look for it:
    it hands on what the bundle holds, so that both know the same one.

    Args:
        base: Below it lie the files of ``assets/app``.
    """
    texts = {BUNDLE: bundle(FIRST)} | {name: _handed_on(name) for name in bundled()}
    return [Route(f"{base}/{name}", _serve(text)) for name, text in texts.items()]


@functools.cache
def bundled() -> frozenset[str]:
    """Names of the modules in the bundle."""
    return frozenset(needed_modules(FIRST))


def bundle(names: Sequence[str]) -> str:
    """Return modules of ``assets/app``, and all that they import, as one module.

    Each keeps a scope of its own, and what it exports is one object, exported by its ``key``.

    Args:
        names: The modules to begin with.
    """
    found = needed_modules(names)
    scopes = [f"const {key(name)} = (() => {{\n{_scope(name)}}})();\n" for name in found]
    return f"{''.join(scopes)}export {{ {', '.join(map(key, found))} }};\n"


def key(name: str) -> str:
    """What the bundle calls a module: ``clip/wire.js`` is ``clip_wire``."""
    return re.sub(r"\W", "_", name.removesuffix(".js"))


def _scope(name: str) -> str:
    text = read_asset(name)

    def taken(statement: re.Match[str]) -> str:
        wanted = statement[1].replace(" as ", ": ")
        return f"const {{{wanted}}} = {key(neighbour(name, statement[2]))};\n"

    # What a module finds beside itself is beside it, too, for the bundle.
    own = f'new URL("{name}", import.meta.url)'
    body = EXPORT.sub("", IMPORT.sub(taken, text)).replace("import.meta.url", own)
    return f"{body}return {{ {', '.join(EXPORT.findall(text))} }};\n"


def _handed_on(name: str) -> str:
    given = ", ".join(EXPORT.findall(read_asset(name)))
    above = "../" * name.count("/") or "./"
    rest = f"export const {{ {given} }} = {key(name)};\n" if given else ""
    return f'import {{ {key(name)} }} from "{above}{BUNDLE}";\n{rest}'


def _serve(text: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return Response(text, media_type=JAVASCRIPT)

    return answer
