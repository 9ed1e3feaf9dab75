"""The clip with the face square and the perceived expression drawn in."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.export.webm import MAX_FPS, evenly_spaced, write_webm
from app.figures.style import SURFACES, class_styles
from core.prediction import Prediction, Progress, ProgressCallback
from core.video import VideoFrame, VideoLimits, open_video

# Sharp enough to show, and twice as fast to write as full HD.
LONGEST_PX = 960
BARS = 3


def write_annotated_webm(
    source: Path,
    target: Path,
    prediction: Prediction,
    *,
    progress: ProgressCallback | None = None,
) -> None:
    """Decode the clip once more and write it with its annotations as VP8 webm, without sound.

    Args:
        source: The clip that was analysed.
        target: Where to write; ends in ``.webm``.
        prediction: The face to annotate.
        progress: Called during the work; raising from it cancels.

    Raises:
        VideoError: The clip can no longer be read.
        OSError: The target cannot be written.
    """
    limits = VideoLimits(longest_px=LONGEST_PX, duration_s=prediction.duration_s + 1)
    with open_video(source, limits) as video:
        frames = _reported(evenly_spaced(video), prediction.duration_s, progress)
        write_webm(target, annotated(frames, prediction, scale=video.scale), MAX_FPS)


def find_ffmpeg() -> str | None:
    """Path of ffmpeg, which alone can write mp4; None where it is not installed."""
    return shutil.which("ffmpeg")


def convert_to_mp4(webm: Path, sound: Path, target: Path, *, ffmpeg: str) -> None:
    """Turn an annotated webm into mp4 with the sound of the original, if it has any.

    Raises:
        OSError: ffmpeg failed.
    """
    # The original may be a playlist in disguise: ffmpeg must not follow it elsewhere.
    local = ["-protocol_whitelist", "file"]
    inputs = [*local, "-i", str(webm), *local, "-i", str(sound), "-map", "0:v", "-map", "1:a?"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart"]
    quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"]
    command = [ffmpeg, *quiet, *inputs, *coding, "-shortest", "-y", str(target)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"ffmpeg failed: {done.stderr.decode(errors='replace')[-300:]}")


def annotated(
    frames: Iterable[VideoFrame], prediction: Prediction, *, scale: float = 1.0
) -> Iterator[NDArray[np.uint8]]:
    """Draw the face square, the episode and the leading classes of the smoothed curve.

    Args:
        frames: In order.
        prediction: The face to annotate.
        scale: Size of the frames as a multiple of the pixels that the boxes count in.

    Yields:
        ``(h, w, 3)`` uint8 RGB.
    """
    series = prediction.frames
    names = _episode_names(prediction)
    for frame in frames:
        row = int(np.abs(series.times_s - frame.time_s).argmin())
        if not series.found[row]:
            yield frame.image
            continue
        box = box_at(prediction, frame.time_s) * scale
        yield _draw(frame.image, box, prediction.labels, names[row], series.smoothed[row])


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


def _reported(
    frames: Iterator[VideoFrame], duration_s: float, progress: ProgressCallback | None
) -> Iterator[VideoFrame]:
    for frame in frames:
        if progress is not None:
            done = min(frame.time_s / max(duration_s, 1e-3), 1.0)
            progress(Progress("read", done, frame.time_s))
        yield frame


def _draw(
    image: NDArray[np.uint8],
    box: NDArray[np.float64],
    labels: tuple[str, ...],
    episode: str,
    probabilities: NDArray[np.float32],
) -> NDArray[np.uint8]:
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture, "RGBA")
    unit = max(8, round(min(picture.size) / 26))
    font = ImageFont.load_default(unit)
    styles = class_styles(labels)
    leading = np.argsort(-probabilities)[:BARS]
    color = styles[labels[leading[0]]].dark
    x, y, width, height = box
    draw.rectangle((x, y, x + width, y + height), outline=color, width=max(2, unit // 6))
    panel = (0, picture.height - unit * 1.7 * (BARS + 1) - unit * 0.6)
    draw.rectangle((*panel, unit * 15, picture.height), fill=(13, 16, 20, 200))
    title = episode[:1].upper() + episode[1:]
    draw.text((unit * 0.5, panel[1] + unit * 0.3), title, fill=SURFACES["dark"].text, font=font)
    for place, index in enumerate(leading, start=1):
        top = panel[1] + unit * (0.4 + 1.7 * place)
        share = float(probabilities[index])
        left = unit * 8
        draw.rectangle(
            (left, top, left + unit * 6.5 * share, top + unit), fill=styles[labels[index]].dark
        )
        text = f"{labels[index]} {share:.0%}"
        draw.text((unit * 0.5, top - unit * 0.15), text, fill=SURFACES["dark"].text, font=font)
    return np.asarray(picture, np.uint8)
