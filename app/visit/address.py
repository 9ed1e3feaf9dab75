"""From which address does a visitor come? Only to share places fairly; it is not kept or logged."""

import ipaddress
from typing import Any

from app.page.launch import on_spaces


def address_of(request: Any, *, spaces: bool | None = None) -> str:
    """Return the address of a request's sender, "" where it is unknown.

    The server itself follows the header of a proxy on this machine. A Space's proxy stands on
    another one; of the addresses that it forwards, senders can invent all but the last public one.

    Args:
        request: Gradio's or Starlette's.
        spaces: Whether this is a Space; by default as the environment says.
    """
    peer = str(getattr(getattr(request, "client", None), "host", "") or "")
    if not (on_spaces() if spaces is None else spaces):
        return peer
    forwarded = str(request.headers.get("x-forwarded-for", "")).split(",")
    return next((each for each in map(str.strip, reversed(forwarded)) if _is_public(each)), peer)


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False
