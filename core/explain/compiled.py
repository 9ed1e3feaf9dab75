"""UMAP, whose numba code wants a folder for what it compiles, also where none can be written."""

import atexit
import functools
import importlib
import logging
import shutil
import sys
import tempfile
from typing import Any

logger = logging.getLogger(__name__)

# Packages that compile while they are imported.
COMPILING = ("umap", "pynndescent")


@functools.lru_cache(maxsize=1)
def umap_class() -> Any | None:
    """Import UMAP, slowly, once.

    Where neither the installation nor the home folder can be written, numba keeps what it compiles
    in a folder of this process, which is deleted at its end.

    Returns:
        ``umap.UMAP``, None where it cannot be used; the log says why.
    """
    try:
        try:
            return importlib.import_module("umap").UMAP
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
        _compile_in_a_folder_of_our_own()
        return importlib.import_module("umap").UMAP
    # A broken compiler, a missing package, no folder at all: PCA remains.
    except Exception:
        logger.exception("UMAP cannot be used; maps are drawn with PCA")
        return None


def _compile_in_a_folder_of_our_own() -> None:
    """Give numba a folder, and forget what a failed import left half done."""
    import numba

    folder = tempfile.mkdtemp(prefix="a3lign-numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]  # made at run time
    for name in list(sys.modules):
        if name.partition(".")[0] in COMPILING:
            del sys.modules[name]
