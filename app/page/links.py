"""Where does the code of this server lie?"""

import os
from collections.abc import Mapping

# Names the public repository, where an operator knows one.
CODE = "A3LIGN_CODE"


def code_address(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of the code, empty where none is known.

    A Hugging Face Space shows its own files; elsewhere the operator says where they are.
    """
    given = environment.get(CODE, "")
    if given.startswith(("https://", "http://")):
        return given
    space = environment.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}/tree/main" if space else ""
