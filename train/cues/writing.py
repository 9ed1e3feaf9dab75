"""Fill a file of captions: by rules at once, by a model clip by clip and ready to be resumed."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.config import PreprocessConfig
from core.cues.rules import find_motion, in_words
from core.errors import DataError
from train.cues.captions import (
    ClipCaption,
    Segment,
    captions_file,
    check_captions,
    fingerprint_of,
    parse_captions,
    read_captions,
    write_captions,
)
from train.cues.landmarks import Track, read_squares
from train.cues.vision_language import Captioner
from train.data.dataset import Dataset

logger = logging.getLogger(__name__)

RULES = "rules"

Describe = Callable[[list[NDArray[np.uint8]]], str]


def write_by_rules(root: Path, dataset: Dataset, tracks: list[Track], landmarker: str) -> None:
    """Write the file of captions by rules; arguments as in ``caption_by_rules``."""
    path = captions_file(root, dataset, RULES)
    captions = caption_by_rules(dataset, tracks, landmarker)
    write_captions(path, captions)
    told = sum(bool(entry.caption) for entry in captions)
    logger.info("captions of %d of %d clips in %s", told, len(captions), path)


def write_by_model(
    root: Path, dataset: Dataset, preprocess: PreprocessConfig, model: str, device: torch.device
) -> None:
    """Write the file of a model's captions, unless it is there.

    Args:
        root: Folder of the stored cues.
        dataset: Where the clips come from.
        preprocess: Decides which square of a frame is shown.
        model: Its name on the hub, or its folder.
        device: Where it runs.

    Raises:
        CueError: The model cannot be had.
        DataError: What is there is damaged or describes other clips.
    """
    path = captions_file(root, dataset, model)
    if path.exists():
        read_captions(path, dataset)
        logger.info("%s is complete already", path)
        return
    caption_by_model(path, dataset, preprocess, model, Captioner(model, device).describe)
    logger.info("captions of %d clips in %s", len(dataset.records), path)


def caption_by_rules(dataset: Dataset, tracks: list[Track], landmarker: str) -> list[ClipCaption]:
    """Describe every clip by the motion of its landmarks.

    Args:
        dataset: Where the clips come from.
        tracks: Landmarks of each.
        landmarker: What found them.

    Returns:
        One caption per clip; empty where too few frames show a face.
    """
    captions = []
    for row, (record, track) in enumerate(zip(dataset.records, tracks, strict=True)):
        motion = find_motion(track)
        segments = tuple(
            Segment(round(change.start_share, 3), round(change.end_share, 3), change.text)
            for change in (motion.changes if motion else ())
        )
        text = in_words(motion) if motion else ""
        source, contents = f"{RULES} on {landmarker}", fingerprint_of(dataset, row)
        captions.append(ClipCaption(record.name, text, source, contents, segments))
    return captions


def caption_by_model(
    path: Path, dataset: Dataset, preprocess: PreprocessConfig, model: str, describe: Describe
) -> None:
    """Write the captions that are still missing; each is kept as soon as it is there.

    Args:
        path: The finished file; beside it grows one that ends in ``.unfinished``.
        dataset: Where the clips come from.
        preprocess: Decides which square of a frame is shown.
        model: Name of the source.
        describe: From face squares to a text.

    Raises:
        DataError: The unfinished file is damaged or describes other clips.
    """
    growing = path.with_name(path.name + ".unfinished")
    growing.parent.mkdir(parents=True, exist_ok=True)
    done = _resume(growing, dataset)
    with growing.open("a", encoding="utf-8") as stream:
        for row, record in enumerate(tqdm(dataset.records, unit="clip")):
            if record.name in done:
                continue
            squares = read_squares(dataset, preprocess, row)
            if isinstance(squares, DataError):
                logger.warning("no caption: %s", squares)
            text = "" if isinstance(squares, DataError) else describe(squares)
            entry = ClipCaption(record.name, text, model, fingerprint_of(dataset, row))
            done[record.name] = entry
            stream.write(entry.to_line())
            stream.flush()
    write_captions(path, (done[record.name] for record in dataset.records))
    growing.unlink()


def _resume(growing: Path, dataset: Dataset) -> dict[str, ClipCaption]:
    """The captions of an interrupted run; a last line that was cut off is taken back."""
    if not growing.exists():
        return {}
    whole, newline, _ = growing.read_bytes().rpartition(b"\n")
    growing.write_bytes(whole + newline)
    done = {entry.clip: entry for entry in parse_captions(growing)}
    check_captions(growing, done, dataset)
    return done
