"""The one place where an error becomes a sentence for the visitor."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from core.errors import A3LignError

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

UNEXPECTED = (
    "Something went wrong on the server and was noted in its log; your clip is still here, "
    "so you can try again."
)


def sentence_for(error: Exception, file: str = "", stored: str = "") -> str:
    """Return what the visitor reads; anything that is no ``A3LignError`` is logged in full.

    Args:
        error: What went wrong.
        file: Name of the visitor's file, with which a message may begin: it stays as it is.
        stored: Name under which it is stored, and under which messages know it.
    """
    if isinstance(error, A3LignError):
        text = str(error).replace(stored, file) if stored else str(error)
        begins_with_file = bool(file) and text.startswith(file)
        if not begins_with_file and text.partition(" ")[0].isalpha():
            text = text[:1].upper() + text[1:]
        return text + ("" if text.endswith((".", "?", "!")) else ".")
    logger.error("unexpected error in the app", exc_info=error)
    return UNEXPECTED


def shows_errors(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Turn every error of a callback into ``gr.Error`` with one sentence.

    A ``gr.Error`` raised inside passes unchanged.
    """

    @functools.wraps(function)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(sentence_for(error), print_exception=False) from error

    return guarded
