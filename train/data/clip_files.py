"""Clips as files: folders of frames or videos, cropped already or by our own detector."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import DataError, VideoError
from core.faces.detectors import FaceDetector
from core.faces.follow import CROP_PX, follow_faces, rank_faces
from core.faces.framing.framer import framing_digest
from core.video import NOMINAL_FPS, open_video
from core.video.pictures import folder_images
from train.data.crops import Crop, CropPictures, Recipe, middle_square
from train.data.dataset import ClipRecord, Dataset, Fold, Rows

# Clips looked at for an estimate of the number of frames.
SAMPLE = 32
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}


@dataclass(frozen=True)
class Listing:
    """What a parser found.

    Attributes:
        name: Short name of the dataset.
        class_names: In label order.
        records: Every clip once.
        paths: Where each is.
        folds: Divisions.
        notes: What a reader of the lists should know, a sentence each.
    """

    name: str
    class_names: tuple[str, ...]
    records: list[ClipRecord]
    paths: list[Path]
    folds: tuple[Fold, ...]
    notes: tuple[str, ...] = ()


class ClipFiles(Dataset):
    """A dataset of video files or folders of frame images.

    Args:
        listing: What there is.
        recipe: How random views are made.
        detector: Finds the faces; None if frames are face crops already.
    """

    def __init__(self, listing: Listing, recipe: Recipe, detector: FaceDetector | None) -> None:
        self.name = listing.name
        self.class_names = listing.class_names
        self.records = listing.records
        self.folds = listing.folds
        self.notes = listing.notes
        self.paths = listing.paths
        self.recipe: Recipe = recipe
        self.detector = f"{detector.name}, framed {framing_digest()}" if detector else "none"
        self._detector = detector

    def read(self, row: int, crop_scale: float, frames: Rows | None = None) -> CropPictures:
        """See ``Dataset``."""
        record, path = self.records[row], self._path(row)
        try:
            if self._detector is None and path.is_dir() and frames is not None:
                crops = _some_of_folder(path, frames)
            else:
                crops = self._crops(path, crop_scale)
                crops = crops if frames is None else [crops[frame] for frame in frames]
        except IndexError as error:
            raise DataError(
                f"{record.origin}: {record.name} has lost frames since they were counted; "
                f"bring {path} back as it was, or extract or crop again"
            ) from error
        except (VideoError, OSError) as error:
            raise DataError(f"{record.origin}: {record.name}: {error}") from error
        if not crops:
            raise DataError(f"{record.origin}: {record.name}: no face was found in {path}")
        return CropPictures(crops, self.recipe)

    def count(self, row: int) -> int | None:
        """See ``Dataset``; known of a folder whose frames are crops already."""
        path = self._path(row)
        return len(folder_images(path)) if self._detector is None and path.is_dir() else None

    def _path(self, row: int) -> Path:
        if not self.paths[row].exists():
            raise DataError(f"{self.records[row].origin}: {self.paths[row]} is missing")
        return self.paths[row]

    def _crops(self, path: Path, crop_scale: float) -> list[Crop]:
        with open_video(path) as video:
            if self._detector is None:
                return [middle_square(frame.image, CROP_PX) for frame in video]
            observations = list(follow_faces(video, self._detector, crop_scale=crop_scale))
        ranked = rank_faces(observations)
        return [
            face.crop
            for observation in observations
            for face in observation.faces
            if ranked and face.face_id == ranked[0]
        ]

    def frames_estimate(self) -> int:
        """See ``Dataset``; from the mean of a sample."""
        if not self.paths:
            return 0
        rows = np.unique(np.linspace(0, len(self.paths) - 1, SAMPLE).astype(int))
        counts = [count_frames(self.paths[row]) for row in rows]
        return round(float(np.mean(counts)) * len(self.paths))

    def contents(self, row: int) -> str:
        """See ``Dataset``: sizes rather than bytes, so that a million frames stay affordable."""
        path = self.paths[row]
        try:
            if path.is_file():
                return str(path.stat().st_size)
            frames = frame_files(path)
            ends = [frames[0], frames[-1]] if frames else []
            return f"{len(frames)} " + " ".join(f"{p.name} {p.stat().st_size}" for p in ends)
        except OSError:
            return "unreadable"


def _some_of_folder(folder: Path, frames: Rows) -> list[Crop]:
    """The squares of some images of a folder; the others are not opened.

    Raises:
        IndexError: There are fewer images.
    """
    times = (frames / NOMINAL_FPS).tolist()
    with open_video(folder) as video:
        found = {
            frame.time_s: middle_square(frame.image, CROP_PX)
            for frame in video.pick(set(times).__contains__)
        }
    if len(found) < len(times):
        raise IndexError(f"{len(found)} of {len(times)} images")
    return [found[time_s] for time_s in times]


def frame_files(folder: Path) -> list[Path]:
    """The images of a folder, by plain name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)


def count_frames(path: Path) -> int:
    """Frames of a clip by its own account; 0 for one that cannot be opened."""
    try:
        if path.is_dir():
            return len(frame_files(path))
        with open_video(path) as video:
            return video.stated_frames or 0
    except (VideoError, OSError):
        return 0
