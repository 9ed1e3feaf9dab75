"""How does one HTML file carry the scripts of the page?"""

import re

from app.page.assets import read_asset
from app.page.bundle import EXPORT
from app.page.modules import IMPORT, needed_modules


def one_script(name: str) -> str:
    """Return a module of ``assets/app`` and all that it imports, as one script without imports.

    A file that is opened from a disk may not import its neighbours. The modules share one scope
    here, so names at their top level must differ.

    Args:
        name: The module; what it exports can be called below the script.
    """
    texts = map(read_asset, needed_modules([name]))
    return "\n".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts)


def inert(text: str) -> str:
    r"""Keep a script's text from ending its element: the clip's name is the visitor's own.

    These occur inside strings only, where ``\x3c`` is the same letter. JSON has no such escape, so
    the exported pages hold their data as JavaScript.
    """
    return re.sub(r"<(?=/?script|!--)", r"\\x3c", text, flags=re.IGNORECASE)
