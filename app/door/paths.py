"""Under which path is a request handled, wherever the app is mounted?"""

from starlette.types import Scope


def route_path(scope: Scope) -> str:
    """Return the path below the app's own root."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
