"""Where do clips come in, and where do they wait until somebody asks for their analysis?

Gradio's own upload keeps files by their content: two visitors with the same clip would share one
file, a half-sent one would stay, and the name would stand in addresses. Here a clip lies in the
visit's folder from its first byte; the programming interface's uploads are visits of one clip.
"""

import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clip.intake import receive_file
from app.visit.address import address_of
from app.visit.quota import NoRoomError, Quota
from app.visit.sessions import SessionStore, TooManyVisitsError, VisitorSession
from app.visit.visitor import refusal, session_route
from core.errors import A3LignError, VideoError

MAX_BYTES = 64_000_000
# Names and boundaries around one file.
MULTIPART_BYTES = 16_000
PART_BYTES = 256_000
FOR_PAGE, FOR_ENDPOINT = "/clip/upload", "/gradio_api/upload"
UPLOAD_LIMITS = {FOR_PAGE: MAX_BYTES, FOR_ENDPOINT: MAX_BYTES + MULTIPART_BYTES}

_WAITING = "waiting upload"
_ENDPOINT_FILE = "upload of the programming interface"


class NotArrivedError(VideoError):
    """There is no such upload."""

    def __init__(self) -> None:
        super().__init__("The video did not arrive on the server; choose it again.")


def upload_routes(store: SessionStore, quota: Quota) -> list[Route]:
    """Return the page's route for uploads, and the one in place of Gradio's for programs."""

    async def from_page(visit: VisitorSession, request: Request) -> Response:
        try:
            async with quota.room(visit.folder, _stated_bytes(request)):
                path = await receive_file(request.stream(), visit)
        except NoRoomError as error:
            return refusal(503, str(error))
        discard_upload(visit)
        visit.values[_WAITING] = path
        return JSONResponse({"upload": _name(path)})

    async def from_program(request: Request) -> Response:
        try:
            visit = new_program_visit(store, address_of(request))
        except TooManyVisitsError as error:
            return refusal(503, str(error))
        try:
            async with quota.room(visit.folder, _stated_bytes(request)):
                path = await _receive_form(request, visit)
        except A3LignError as error:
            store.close(visit)
            return refusal(503 if isinstance(error, NoRoomError) else 400, str(error))
        except BaseException:
            store.close(visit)
            raise
        visit.values[_ENDPOINT_FILE] = path
        return JSONResponse([str(path)])

    return [
        session_route(store, FOR_PAGE, from_page),
        Route(FOR_ENDPOINT, from_program, methods=["POST"]),
    ]


def take_upload(visit: VisitorSession, name: str) -> Path:
    """Return the upload that waits under a name, once.

    Raises:
        NotArrivedError: None does.
    """
    path = visit.values.get(_WAITING)
    if not isinstance(path, Path) or _name(path) != name:
        raise NotArrivedError
    del visit.values[_WAITING]
    return path


def discard_upload(visit: VisitorSession, name: str | None = None) -> None:
    """Delete the upload that waits, if it has this name."""
    path = visit.values.get(_WAITING)
    if isinstance(path, Path) and name in {None, _name(path)}:
        del visit.values[_WAITING]
        shutil.rmtree(path.parent, ignore_errors=True)


def new_program_visit(store: SessionStore, address: str = "") -> VisitorSession:
    """Begin the visit of a program that asks about one clip.

    Raises:
        TooManyVisitsError: No further one is taken.
    """
    visit = store.get(f"program {secrets.token_hex(16)}", address)
    visit.touch(hidden=True)
    return visit


def visit_of(store: SessionStore, path: str) -> VisitorSession:
    """Return the visit that an upload of the programming interface began.

    Args:
        store: The visitors.
        path: As the upload's answer named it.

    Raises:
        NotArrivedError: There is none; the path comes from outside and could be any.
    """
    for visit in store.open_visits():
        if str(visit.values.get(_ENDPOINT_FILE, "")) == path != "":
            return visit
    raise NotArrivedError


def _name(path: Path) -> str:
    return path.parent.name


def _stated_bytes(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else MAX_BYTES


async def _receive_form(request: Request, visit: VisitorSession) -> Path:
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("files")
        if not isinstance(file, UploadFile):
            raise VideoError('send one video as the form field "files"')
        return await receive_file(_parts(file), visit)


async def _parts(file: UploadFile) -> AsyncIterator[bytes]:
    while part := await file.read(PART_BYTES):
        yield part
