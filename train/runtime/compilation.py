"""Fewer and larger pieces of work for a GPU: torch.compile, with CUDA graphs on request."""

import logging
from typing import Literal

import torch

from core.model.method import Method

logger = logging.getLogger(__name__)

Compiled = Literal["no", "default", "reduce-overhead"]
# Of a part: growing layers, with and without gradients, whole and last batches, each mode.
MOST_FORMS = 64


def compile_parts(
    model: Method, how: Compiled, device: torch.device, *, backend: str = "inductor"
) -> bool:
    """Compile a model's layers in place; their weights keep their names.

    Args:
        model: Its parts and the backbone's text tower.
        how: ``default`` fuses operations, ``reduce-overhead`` also records them as CUDA graphs,
            ``no`` leaves the model as it is.
        device: On a processor a step is not bound by launches, and there the model stays as it is.
        backend: Of torch.compile.

    Returns:
        Whether anything was compiled.
    """
    if how == "no":
        return False
    if device.type != "cuda":
        logger.info("compiled=%s is for GPUs; on %s the same is computed without", how, device.type)
        return False
    # What cannot be compiled, for want of a compiler or of support, is computed as it is written.
    torch._dynamo.config.suppress_errors = True
    torch._dynamo.config.recompile_limit = MOST_FORMS
    for module in (*model.parts().values(), model.backbone.clip.transformer):
        module.compile(backend=backend, mode=None if how == "default" else how)
    return True


def begin_step(how: Compiled) -> None:
    """Tell CUDA graphs that what the step before computed is not needed any more."""
    if how == "reduce-overhead":
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
