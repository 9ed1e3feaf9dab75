"""How the door says no: one sentence, and the connection ends."""

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send


async def refuse(status: int, sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that goes no further.

    The connection is closed, because the rest of what the client is sending would have to be read
    to its end before another request could follow.
    """
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    answer = JSONResponse({"message": sentence}, status, headers={"connection": "close"})
    await answer(scope, receive, send)
