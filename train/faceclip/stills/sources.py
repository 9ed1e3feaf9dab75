"""Read the still-face collections into one table."""

import logging
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.faces.box import FaceBox
from core.faces.detectors import FaceDetector
from core.labels import SEVEN
from train.data.face_canvas import canvas_from_face, canvas_from_photo
from train.runtime.arrays import read_arrays

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stills:
    """Labelled still faces.

    Attributes:
        images: ``(N, 64, 64)`` uint8 grey canvases (see ``canvas``).
        labels: ``(N,)`` int64 index into ``core.labels.SEVEN``.
        people: ``(N,)`` name of the person where the source knows it, else a name of its own.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Stills":
        """Select rows by index or mask."""
        return Stills(self.images[index], self.labels[index], self.people[index])


def read_fer2013(path: Path) -> Stills:
    """Read one of FER2013's npz files (``images`` 48×48 grey, ``labels`` in our order).

    Raises:
        DataError: It is missing, damaged or another file.
    """
    data = read_arrays(_existing(path))
    if missing := {"images", "labels"} - data.keys():
        raise DataError(f"{path} has no array {', '.join(sorted(missing))}")
    images, labels = data["images"], data["labels"].astype(np.int64)
    canvases = np.stack([canvas_from_face(image) for image in images])
    people = np.array([f"{path.stem}-{i}" for i in range(len(labels))])
    return Stills(canvases, labels, people)


def read_muxspace(path: Path, detector: FaceDetector) -> Stills:
    """Read the tar of ``<label>/<Person>_<number>.jpg``, less contempt and undetected faces."""
    rows = []
    with tarfile.open(_existing(path)) as archive:
        for member in archive:
            label, _, name = member.name.partition("/")
            stream = archive.extractfile(member)
            if label not in SEVEN or stream is None:
                continue
            encoded = np.frombuffer(stream.read(), np.uint8)
            photo = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
            # The images are detector boxes already, enlarged by 1.3; without this border the
            # cascade finds no face that fills its frame.
            bordered = np.pad(photo, ((16, 16), (16, 16), (0, 0)), mode="edge")
            rows.append((bordered, SEVEN.index(label), name.rsplit("_", 1)[0]))
    return _from_photos(iter(rows), detector, path.name)


def read_london(folder: Path, detector: FaceDetector) -> Stills:
    """Read the Face Research Lab London Set: ``<id>_neutral.jpg`` and ``<id>_smiling.jpg``."""
    kinds = {"neutral": SEVEN.index("neutral"), "smiling": SEVEN.index("happiness")}

    def rows() -> Iterator[tuple[NDArray[np.uint8], int, str]]:
        for path in sorted(_existing(folder).glob("*_*.jpg")):
            person, _, kind = path.stem.partition("_")
            if kind in kinds:
                photo = np.asarray(cv2.imread(str(path)), np.uint8)
                yield photo, kinds[kind], f"london-{person}"

    return _from_photos(rows(), detector, folder.name)


def _from_photos(
    rows: Iterator[tuple[NDArray[np.uint8], int, str]], detector: FaceDetector, name: str
) -> Stills:
    images, labels, people = [], [], []
    missed = 0
    for photo, label, person in rows:
        rgb = np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)
        boxes = detector.detect(rgb)
        if not boxes:
            missed += 1
            continue
        box: FaceBox = max(boxes, key=lambda found: found.side)
        images.append(canvas_from_photo(rgb, box))
        labels.append(label)
        people.append(person)
    if not images:
        raise DataError(
            f"{name}: no face was found in any image; is this the right folder or file?"
        )
    logger.info("%s: %d faces, %d images without one left out", name, len(images), missed)
    return Stills(np.stack(images), np.array(labels, np.int64), np.array(people))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise DataError(f"{path} is missing; assets/docs/datasets.md says where to get it")
    return path
