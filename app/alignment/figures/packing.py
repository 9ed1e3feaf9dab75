"""What the Alignment tab's scripts receive: numbers in compact form, and empty figures."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.family import answer_matrix, class_similarity, sentence_similarity
from app.alignment.figures.heat import sentence_heat
from app.alignment.figures.map import sentence_map
from app.alignment.figures.time import attention_map
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]

# Cosines and shares of attention keep four digits in 16 bits.
STEP = 1e-4


def packed(values: Array) -> dict[str, Any]:
    """Pack values of -3 to 3 into base64: a twelfth of their size as text.

    Returns:
        ``shape``, ``step``, and ``data``: little-endian int16 that count steps.
    """
    counts = np.round(np.nan_to_num(values) / STEP).astype("<i2")
    return {
        "shape": list(values.shape),
        "step": STEP,
        "data": base64.b64encode(counts.tobytes()).decode(),
    }


def packed_bytes(values: Array) -> dict[str, Any]:
    """Pack values of 0 to 1 into one byte each, as ``packed`` does with ``step`` 1/255."""
    counts = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return {
        "shape": list(values.shape),
        "step": 1 / 255,
        "data": base64.b64encode(counts.tobytes()).decode(),
    }


def picture(jpeg: bytes | None) -> str | None:
    """Return the address of a JPEG that holds its data, None without one."""
    return None if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def empty_figures(labels: Sequence[str], sentences: int, frames: int) -> dict[str, Any]:
    """Figures whose data the page fills in, one set per colour mode."""
    times_s = np.zeros(frames)
    nowhere = np.zeros((len(labels) * (sentences + 1), 2), np.float32)
    square = np.zeros((len(labels) * sentences,) * 2, np.float32)

    def heat(mode: Mode, chosen: str | None, *, is_relative: bool) -> dict[str, Any]:
        return _bare(
            sentence_heat(
                np.zeros((frames, len(labels), sentences), np.float32),
                labels,
                times_s,
                chosen=chosen,
                is_sampled=chosen is not None,
                is_relative=is_relative,
                mode=mode,
            )
        )

    return {
        mode: {
            "map": sentence_map([nowhere], labels, mode=mode),
            "heat_all": heat(mode, None, is_relative=False),
            "heat_all_relative": heat(mode, None, is_relative=True),
            "heat_one": heat(mode, labels[0], is_relative=False),
            "heat_one_relative": heat(mode, labels[0], is_relative=True),
            "attention": attention_map(np.zeros((frames, frames), np.float32), mode=mode),
            "classes": class_similarity(square[: len(labels), : len(labels)], labels, mode=mode),
            "answers": answer_matrix(square[: len(labels), : len(labels)], labels, mode=mode),
            "sentences": _bare(sentence_similarity(square, labels, mode=mode)),
        }
        for mode in SURFACES
    }


def _bare(figure: dict[str, Any]) -> dict[str, Any]:
    """Drop what is large and replaced anyway."""
    for trace in figure["data"]:
        for name in ("z", "customdata"):
            trace.pop(name, None)
    return figure
