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


def sentence_for(error: Exception) -> str:
    """Return what the visitor reads; anything that is no ``A3LignError`` is logged in full."""
    if isinstance(error, A3LignError):
        text = str(error)
        return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
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
