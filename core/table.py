"""One row per analysed frame, as CSV."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from core.annotations.marks import Mark
from core.annotations.tiers import LEAST_S
from core.episodes import moment_edges
from core.prediction import Prediction

BOX_COLUMNS = ("face_x_px", "face_y_px", "face_width_px", "face_height_px")


def frames_csv(prediction: Prediction, marks: Sequence[Mark] = ()) -> str:
    """Return the curves of one face as CSV text with a header line.

    Columns: ``time_s``; the face square in pixels of the upright frame; per class ``probability_``
    and ``similarity_`` (the windowed decision), ``instant_probability_`` and
    ``instant_similarity_`` (the frame alone), all as they are; ``smoothed_probability_``, the
    decision as the screen shows it; ``label``, what the moment counts as in its episode, and
    ``certain``, 1 or 0, whether the episode is. Cells of frames without the face are empty. Where
    there are ``marks``, a last column ``marks`` holds the notes of those that a frame's moment
    touches, with semicolons.
    """
    frames = prediction.frames
    groups = {
        "probability": frames.probabilities,
        "similarity": frames.similarities,
        "instant_probability": frames.instant_probabilities,
        "instant_similarity": frames.instant_similarities,
        "smoothed_probability": frames.smoothed,
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [f"{group}_{label}" for group in groups for label in prediction.labels]
    writer.writerow(
        ["time_s", *BOX_COLUMNS, *names, "label", "certain", *(["marks"] if marks else [])]
    )
    numbers = np.concatenate([frames.boxes, *groups.values()], axis=1)
    certain = _certain(prediction)
    edges_s = moment_edges(frames.times_s, prediction.duration_s)
    for row, (time_s, values) in enumerate(zip(frames.times_s, numbers, strict=True)):
        cells = ["" if np.isnan(value) else f"{value:.6g}" for value in values]
        label = prediction.moment_labels[row] or ""
        notes = [_notes(marks, edges_s[row], edges_s[row + 1])] if marks else []
        writer.writerow([f"{time_s:.6f}", *cells, label, certain[row], *notes])
    return text.getvalue()


def _notes(marks: Sequence[Mark], start_s: float, end_s: float) -> str:
    touching = [
        mark.text
        for mark in marks
        if mark.start_s < end_s and max(mark.end_s, mark.start_s + LEAST_S) > start_s
    ]
    return "; ".join(touching)


def _certain(prediction: Prediction) -> list[str]:
    """Whether each moment's episode is certain: "1" or "0", empty in gaps."""
    certain = [""] * prediction.frames_analysed
    for episode in prediction.episodes:
        for row in range(episode.first_row, episode.past_row):
            certain[row] = str(int(episode.certain))
    return certain
