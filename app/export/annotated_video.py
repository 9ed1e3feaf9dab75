"""The clip with the face square and the perceived expression drawn in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.export.film import write_film
from app.figures.style import SURFACES, class_styles
from core.pacing import pace
from core.prediction import Prediction, Progress, ProgressCallback
from core.video import VideoFrame, VideoLimits
from core.video.sandbox import open_sandboxed

# Sharp enough to show, and twice as fast to write as full HD.
LONGEST_PX = 960
# Frames of faster films are left out.
MAX_FPS = 30.0
BARS = 3
# Width and height of the panel in its unit, a line of text being 1.7 of them.
PANEL = (15.0, 1.7 * (BARS + 1) + 0.6)


@dataclass(frozen=True)
class Panel:
    """Where the words stand.

    Attributes:
        left: Left edge [px].
        top: Upper edge [px].
        unit: Size of its letters [px].
    """

    left: float
    top: float
    unit: int


def write_annotated_video(
    source: Path,
    target: Path,
    prediction: Prediction,
    *,
    others: Sequence[Prediction] = (),
    progress: ProgressCallback | None = None,
) -> None:
    """Decode the clip once more and write it with its annotations, each frame at its true time.

    Args:
        source: The clip that was analysed.
        target: Where to write: ``.webm``, or ``.mp4`` with the clip's sound.
        prediction: The face to annotate.
        others: See ``annotated``.
        progress: Called during the work; raising from it cancels.

    Raises:
        VideoError: The clip can no longer be read.
        OutputError: The target cannot be written.
    """

    def watch(reached_s: float, _: float | None) -> None:
        if progress is not None:
            done = min(reached_s / max(prediction.duration_s, 1e-3), 1.0)
            progress(Progress("read", done, reached_s))

    limits = VideoLimits(longest_px=LONGEST_PX, duration_s=prediction.duration_s + 1)
    with open_sandboxed(source, limits, watch=watch) as video:
        frames = pace(video, MAX_FPS, keep_all=0)
        pieces = video.sound() if target.suffix == ".mp4" else ()
        drawn = annotated(frames, prediction, others, scale=video.scale)
        write_film(target, drawn, fps=MAX_FPS, sound=pieces)


def annotated(
    frames: Iterable[VideoFrame],
    prediction: Prediction,
    others: Sequence[Prediction] = (),
    *,
    scale: float = 1.0,
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Draw the face square, the episode and the leading classes of the smoothed curve.

    Args:
        frames: In order.
        prediction: The face to annotate.
        others: More faces of the clip, which get a thin square and the name of their moment.
        scale: Size of the frames as a multiple of the pixels that the boxes count in.

    Yields:
        Times [s] and ``(h, w, 3)`` uint8 RGB.
    """
    series = prediction.frames
    names = [_episode_names(each) for each in (prediction, *others)]
    panel: Panel | None = None
    for frame in frames:
        if panel is None:
            height, width = frame.image.shape[:2]
            panel = place_panel(series.boxes[series.found] * scale, (width, height))
        picture = Image.fromarray(frame.image)
        draw = ImageDraw.Draw(picture, "RGBA")
        for other, theirs in zip(others, names[1:], strict=True):
            _draw_face(draw, other, frame.time_s, scale, panel.unit, theirs)
        row = _draw_face(draw, prediction, frame.time_s, scale, panel.unit)
        if row is not None:
            title = f"{frame.time_s:.1f} s  {names[0][row]}"
            _draw_panel(draw, panel, prediction.labels, title, series.smoothed[row])
        yield frame.time_s, np.asarray(picture, np.uint8)


def place_panel(boxes: NDArray[np.float32], size: tuple[int, int]) -> Panel:
    """Choose the corner where the words cover the face least; the lower left one if all are alike.

    Args:
        boxes: ``(M, 4)`` x, y, w, h of the face in all frames [px of the picture].
        size: Width and height of the picture [px].
    """
    unit = max(8, round(min(size) / 26))
    right, bottom = size[0] - PANEL[0] * unit, size[1] - PANEL[1] * unit
    corners = [Panel(left, top, unit) for top in (bottom, 0.0) for left in (0.0, max(right, 0.0))]
    return min(corners, key=lambda corner: _covered(corner, boxes))


def _covered(panel: Panel, boxes: NDArray[np.float32]) -> float:
    """Mean area of the faces under a panel [px²]."""
    first = np.array([panel.left, panel.top])
    last = first + np.array(PANEL) * panel.unit
    shared = np.minimum(boxes[:, :2] + boxes[:, 2:], last) - np.maximum(boxes[:, :2], first)
    return round(float(shared.clip(0).prod(1).mean()), 3)


def _episode_names(prediction: Prediction) -> list[str]:
    """What the moment of each analysed frame is told as; empty in gaps."""
    names = [""] * prediction.frames_analysed
    for episode in prediction.episodes:
        for row in range(episode.first_row, episode.past_row):
            names[row] = episode.name
    return names


def box_at(prediction: Prediction, time_s: float) -> NDArray[np.float64]:
    """Return x, y, w, h between the analysed frames around a moment [px]."""
    series = prediction.frames
    known = np.flatnonzero(series.found)
    times_s = series.times_s[known]
    return np.array([np.interp(time_s, times_s, column) for column in series.boxes[known].T])


def _draw_face(
    draw: ImageDraw.ImageDraw,
    prediction: Prediction,
    time_s: float,
    scale: float,
    unit: int,
    names: Sequence[str] | None = None,
) -> int | None:
    """Draw a face's square, thin and named if it has names; returns its row, None in a gap."""
    series = prediction.frames
    row = int(np.abs(series.times_s - time_s).argmin())
    if not series.found[row]:
        return None
    leader = prediction.labels[series.smoothed[row].argmax()]
    color = class_styles(prediction.labels)[leader].dark
    x, y, width, height = box_at(prediction, time_s) * scale
    line = max(1, unit // 12) if names else max(2, unit // 6)
    draw.rectangle((x, y, x + width, y + height), outline=color, width=line)
    if names and names[row]:
        letters = 0.8 * unit
        top = y - 1.4 * letters if y > 1.4 * letters else y + height - 1.4 * letters
        font = ImageFont.load_default(letters)
        draw.text((x, top), names[row], fill=color, font=font, stroke_width=1, stroke_fill="black")
    return row


def _draw_panel(
    draw: ImageDraw.ImageDraw,
    panel: Panel,
    labels: tuple[str, ...],
    title: str,
    probabilities: NDArray[np.float32],
) -> None:
    unit = panel.unit
    font = ImageFont.load_default(unit)
    styles = class_styles(labels)
    leading = np.argsort(-probabilities)[:BARS]
    text_x = panel.left + unit * 0.5
    corner = (panel.left + PANEL[0] * unit, panel.top + PANEL[1] * unit)
    draw.rectangle((panel.left, panel.top, *corner), fill=(13, 16, 20, 200))
    draw.text((text_x, panel.top + unit * 0.3), title, fill=SURFACES["dark"].text, font=font)
    for place, index in enumerate(leading, start=1):
        top = panel.top + unit * (0.4 + 1.7 * place)
        share = float(probabilities[index])
        left = panel.left + unit * 8
        draw.rectangle(
            (left, top, left + unit * 6.5 * share, top + unit), fill=styles[labels[index]].dark
        )
        text = f"{labels[index]} {share:.0%}"
        draw.text((text_x, top - unit * 0.15), text, fill=SURFACES["dark"].text, font=font)
