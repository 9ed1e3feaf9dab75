"""One row per analysed frame, as CSV."""

import csv
import io

import numpy as np

from core.prediction import Prediction

BOX_COLUMNS = ("face_x_px", "face_y_px", "face_width_px", "face_height_px")


def frames_csv(prediction: Prediction) -> str:
    """Return the curves of one face as CSV text with a header line.

    Columns: ``time_s``; the face square in pixels of the upright frame; per class ``probability_``
    and ``similarity_`` (the windowed decision), ``instant_probability_`` and
    ``instant_similarity_`` (the frame alone). Cells of frames without the face are empty.
    """
    frames = prediction.frames
    groups = {
        "probability": frames.probabilities,
        "similarity": frames.similarities,
        "instant_probability": frames.instant_probabilities,
        "instant_similarity": frames.instant_similarities,
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [f"{group}_{label}" for group in groups for label in prediction.labels]
    writer.writerow(["time_s", *BOX_COLUMNS, *names])
    numbers = np.concatenate([frames.boxes, *groups.values()], axis=1)
    for time_s, row in zip(frames.times_s, numbers, strict=True):
        cells = ["" if np.isnan(value) else f"{value:.6g}" for value in row]
        writer.writerow([f"{time_s:.6f}", *cells])
    return text.getvalue()
