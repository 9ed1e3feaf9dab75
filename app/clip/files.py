"""Which file does a visitor ask for, and how is it made?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from app.clip.open_clip import OpenClip, file_name
from app.export.annotated_video import write_annotated_video
from app.export.document import result_json
from app.export.report import report_html
from core.annotations import ENDINGS as FORMATS
from core.annotations import Mark, read_marks, write_annotations
from core.errors import ConfigError
from core.prediction import ProgressCallback
from core.table import frames_csv

Kind = Literal["csv", "json", "report", "webm", "mp4", "eaf", "textgrid", "boris"]
ENDINGS: dict[Kind, str] = {
    "csv": ".csv",
    "json": ".json",
    "report": "-report.html",
    "webm": "-annotated.webm",
    "mp4": "-annotated.mp4",
    "eaf": FORMATS["eaf"],
    "textgrid": FORMATS["textgrid"],
    "boris": FORMATS["boris"],
}


@dataclass(frozen=True)
class SaveRequest:
    """What the visitor asks for.

    Attributes:
        kind: Kind of file.
        face: ``face_id`` of the face it is about; reports and annotations are about all.
        with_faces: Whether a report holds pictures of faces.
        marks: The visitor's own, for tables and annotations.
    """

    kind: Kind
    face: int = 0
    with_faces: bool = False
    marks: Sequence[Mark] = ()

    @classmethod
    def from_page(cls, wish: Mapping[str, Any]) -> "SaveRequest":
        """Read what the browser sent, which could be anything.

        Raises:
            ConfigError: It asks for a kind or a face that does not exist, or a mark is none.
        """
        kind: Any = wish.get("kind")
        face = wish.get("face")
        if kind not in get_args(Kind) or not isinstance(face, int):
            raise ConfigError(f"no file of kind {kind!r:.20} can be made; use the page's buttons")
        marks = read_marks(wish.get("marks", []))
        return cls(kind, face, wish.get("with_faces") is True, marks)

    @property
    def is_film(self) -> bool:
        """Whether the clip is decoded and written anew."""
        return self.kind in ("webm", "mp4")

    def path(self, clip: OpenClip) -> Path:
        """Where the file lies once it is made."""
        return clip.folder / "saved" / f"{self.face}{ENDINGS[self.kind]}"


def save_file(clip: OpenClip, request: SaveRequest, progress: ProgressCallback) -> Path:
    """Write the file into the clip's folder; ``download_name`` is what the visitor will call it.

    Raises:
        ConfigError: The face does not exist.
        OutputError: A video cannot be written.
        OSError: Another file cannot be written.
    """
    prediction = clip.face(request.face)
    path = request.path(clip)
    path.parent.mkdir(exist_ok=True)
    match request.kind:
        case "csv":
            path.write_text(frames_csv(prediction, request.marks), encoding="utf-8")
        case "json":
            text = result_json(clip.predictions, request.face, marks=request.marks)
            path.write_text(text, encoding="utf-8")
        case "report":
            report = report_html(clip.predictions, title=clip.title, with_faces=request.with_faces)
            path.write_text(report, encoding="utf-8")
        case "webm" | "mp4":
            others = [each for each in clip.predictions if each is not prediction]
            write_annotated_video(clip.film, path, prediction, others=others, progress=progress)
        case "eaf" | "textgrid" | "boris":
            write_annotations(path, clip.predictions, request.kind, request.marks)
    return path


def download_name(clip: OpenClip, request: SaveRequest) -> str:
    """Return the name that the visitor saves the file by."""
    about_all = request.kind == "report" or request.kind in FORMATS
    about_one = len(clip.predictions) > 1 and not about_all
    face = f"-face{request.face + 1}" if about_one else ""
    return file_name(clip.title, f"{face}{ENDINGS[request.kind]}")
