"""Where does the page send camera frames and commands?

They come over plain POST requests on routes of their own and not through a Gradio event. Measured
on two cores with 15 kB frames: 4 ms of transport per frame against 5.5 ms for a server function of
``gr.HTML`` (base64 inside JSON); events go through the queue on top. A route also sees the size
before it reads the body, answers with a status the page can act on, and passes every proxy that
passes Gradio itself, which a WebSocket does not need to.
"""

import functools
from collections.abc import Callable

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.live.desk import MAX_VISITORS, CameraDesk, FullError
from app.live.frames import MAX_CLIP_BYTES, MAX_FRAME_BYTES
from app.live.line import MOST_FRAMES, BusyError
from app.live.settings import FrameSettings
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.visitor import Handler, refusal, session_route
from core.errors import ConfigError

# Each holds its whole clip in memory.
MOST_WAITING_SAVES = 4
CAMERA_LIMITS = {"/live/frame": MAX_FRAME_BYTES, "/live/save": MAX_CLIP_BYTES}


def camera_routes(store: SessionStore, desk: CameraDesk) -> list[Route]:
    """Return the routes that ``live/live.js`` speaks to."""
    # Threads of their own: clips under analysis must not keep live frames waiting.
    # Frames wait in them for the frame before, so that there are some for every camera.
    threads = anyio.CapacityLimiter(MAX_VISITORS * (MOST_FRAMES + 1))
    run = functools.partial(anyio.to_thread.run_sync, limiter=threads)

    async def frame(visitor: VisitorSession, request: Request) -> Response:
        settings = FrameSettings.from_query(request.query_params)
        jpeg = await _read_body(request, MAX_FRAME_BYTES)
        try:
            return JSONResponse(await run(desk.look, visitor, jpeg, settings))
        except BusyError:
            return Response(status_code=204)  # dropped on purpose, which is no mistake
        except FullError as error:
            return refusal(503, str(error))

    def command(act: Callable[[VisitorSession], None]) -> Handler:
        async def handler(visitor: VisitorSession, _: Request) -> Response:
            try:
                await run(act, visitor)
            except FullError as error:
                return refusal(503, str(error))
            return Response(status_code=204)

        return handler

    return [
        session_route(store, "/live/frame", frame),
        session_route(store, "/live/save", _saving(desk)),
        session_route(store, "/live/start", command(desk.start)),
        session_route(store, "/live/stop", command(desk.stop)),
        session_route(store, "/live/calibrate", command(desk.calibrate)),
        session_route(store, "/live/forget", command(desk.forget_calibration)),
    ]


def _saving(desk: CameraDesk) -> Handler:
    # Saves wait for each other, not frames for saves.
    saves = anyio.CapacityLimiter(1)

    async def save(visitor: VisitorSession, request: Request) -> Response:
        if saves.statistics().tasks_waiting >= MOST_WAITING_SAVES:
            return refusal(503, "Others are saving their clips just now; try again in a minute.")
        try:
            with desk.saving(visitor):
                packed = await _read_body(request, MAX_CLIP_BYTES)
                await anyio.to_thread.run_sync(desk.save, visitor, packed, limiter=saves)
        except BusyError as error:
            return refusal(409, str(error))
        return Response(status_code=204)

    return save


async def _read_body(request: Request, most_bytes: int) -> bytes:
    """Read a body, but never more than allowed, whatever its header claims."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise ConfigError(
                f"the request is larger than {most_bytes // 1000} kB, which is all that is accepted"
            )
    return bytes(body)
