"""Which of Gradio's routes does anybody need? The others are closed."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.door.paths import route_path
from app.door.refusal import refuse

GRADIO = "/gradio_api/"
# For the page and for gradio_client. What is closed fetches foreign addresses, takes recordings,
# keeps states for links, describes every file of the page, or edits the app.
OPENED = (
    *("app_id", "call/", "cancel", "file=", "heartbeat/", "info", "login_check", "queue/"),
    *("reset", "run/", "startup-events", "theme.css", "upload", "user"),
)
CLOSED = ("/openapi.json", "/docs", "/redoc", "/login", "/logout", "/monitoring")
# "/gradio_api/file=" would take an address in place of a path, and fetch it.
FOREIGN_FILE = ("http:", "https:", "ftp:")


class OpenedRoutes:
    """Answers 404 for Gradio's routes that nobody needs.

    Args:
        app: What comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and not is_open(route_path(scope)):
            await refuse(404, "There is nothing here.", scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_open(path: str) -> bool:
    """Whether a path leads to something that the page or the programming interface uses."""
    if not path.startswith(GRADIO):
        return not path.startswith(CLOSED)
    rest = path.removeprefix(GRADIO)
    return rest.startswith(OPENED) and not rest.removeprefix("file=").startswith(FOREIGN_FILE)
