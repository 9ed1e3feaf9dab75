"""The curl call that "Use via API" shows.

Gradio's own waits in a variable that bash loses at the end of a pipe, and wants a file of the
reader's.
"""

from typing import Any

from gradio import routes

API = "/gradio_api"
ENDPOINT = "predict_clip"
# What Gradio makes the calls of its panel with.
MAKER = "generate_code_snippets"


def curl_call(root: str, example: str) -> str:
    """A call that runs in any shell as it stands.

    Args:
        root: Address of the server.
        example: Path of a clip that it has.
    """
    root = root.rstrip("/")
    api = f"{root}{API}"
    return "\n".join(
        (
            f"curl -sf {root}{example} -o clip.webm  # or a clip of yours",
            f"FILE=$(curl -sf -F files=@clip.webm {api}/upload | tr -d '[]\"')",
            f"CALL=$(curl -sf {api}/call/v2/{ENDPOINT} -H 'Content-Type: application/json' \\",
            '  -d "{\\"video\\": {\\"path\\": \\"$FILE\\"}}" | cut -d \'"\' -f 4)',
            f"curl -sfN {api}/call/v2/{ENDPOINT}/$CALL | sed -n 's/^data: //p' | tail -n 1",
        )
    )


def show_curl_call(example: str) -> None:
    """Let Gradio show it; done more than once it changes nothing.

    Args:
        example: See ``curl_call``.
    """
    theirs = vars(routes)[MAKER]
    if not isinstance(theirs, _Snippets):
        setattr(routes, MAKER, _Snippets(theirs, example))


class _Snippets:
    """Gradio's calls, with ours for curl.

    Args:
        theirs: Gradio's function.
        example: See ``curl_call``.
    """

    def __init__(self, theirs: Any, example: str) -> None:
        self._theirs, self._example = theirs, example

    def __call__(self, name: str, info: dict[str, Any], root: str, **more: Any) -> dict[str, str]:
        shown: dict[str, str] = self._theirs(name, info, root, **more)
        return shown | {"bash": curl_call(root, self._example)} if name == f"/{ENDPOINT}" else shown
