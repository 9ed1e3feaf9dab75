"""Explain a verdict from the command line: ``python -m app.explain VIDEO --out DIR``."""

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from app.alignment.chapters import chapters_in_both_modes, relevance_sheet
from app.alignment.explained import Explained, explain_video
from app.alignment.files import page_lead
from app.export.alignment_page import Chapter, alignment_page
from app.export.pictures import Figure, NoRendererError, can_draw, write_pictures
from app.figures.style import Mode
from core.checkpoint import SHIPPED
from core.errors import A3LignError
from core.explain.arrays import save_arrays
from core.explain.projection import Technique
from core.predictor import Predictor, load_predictor

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wish:
    """What to write, and where."""

    out: Path
    mode: Mode
    technique: Technique
    with_faces: bool


def main(argv: list[str] | None = None) -> int:
    """Write numbers and figures; a mistake of the user's becomes a sentence and exit status 2."""
    arguments = _arguments().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    wish = _Wish(arguments.out, arguments.mode, arguments.technique, not arguments.no_faces)
    try:
        explained = [explain_video(_load(arguments, arguments.checkpoint), arguments.video)]
        if arguments.beside_checkpoint:
            other = _load(arguments, arguments.beside_checkpoint)
            explained.append(explain_video(other, arguments.video))
        elif arguments.beside:
            explained.append(explain_video(explained[0].predictor, arguments.beside))
        _write(explained, wish)
    except (A3LignError, OSError) as error:
        logger.error("%s", error)
        return 2
    return 0


def _load(arguments: argparse.Namespace, checkpoint: str) -> Predictor:
    return load_predictor(
        checkpoint,
        device=arguments.device,
        detector=arguments.detector,
        backbone_weights=arguments.backbone_weights,
    )


def _write(explained: list[Explained], wish: _Wish) -> None:
    wish.out.mkdir(parents=True, exist_ok=True)
    for place, each in enumerate(explained):
        stem = "explanation" if place == 0 else "explanation-beside"
        (wish.out / f"{stem}.json").write_text(
            json.dumps(each.summary(), indent=2) + "\n", encoding="utf-8"
        )
        save_arrays(wish.out / f"{stem}.npz", each.explanation)
    both = chapters_in_both_modes(explained, wish.technique)
    if wish.with_faces:
        sheet = relevance_sheet(explained[0])
        for chapters in both.values():
            chapters.append(sheet.chapter)
        if sheet.png:
            (wish.out / "relevance.png").write_bytes(sheet.png)
    title = " beside ".join(each.name for each in explained)
    page = alignment_page(both, title=title, lead=page_lead(explained))
    (wish.out / "alignment.html").write_text(page, encoding="utf-8")
    _write_pictures(both[wish.mode], wish)
    logger.info("wrote %s", wish.out / "alignment.html")


def _write_pictures(chapters: list[Chapter], wish: _Wish) -> None:
    """Write a PNG of each flat figure where something can draw it; else say what would."""
    figures = [
        Figure(chapter.name, chapter.figure)
        for chapter in chapters
        if chapter.figure and can_draw(chapter.figure)
    ]
    try:
        write_pictures(figures, wish.out, mode=wish.mode)
    except NoRendererError as error:
        logger.info("%s", error)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.explain", description=__doc__)
    parser.add_argument("video", help="a video file, an animated image or a folder of frames")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--checkpoint", default=str(SHIPPED), help="a folder or a hub id")
    parser.add_argument("--beside", metavar="VIDEO", help="a second video on the same map")
    parser.add_argument(
        "--beside-checkpoint", metavar="CHECKPOINT", help="a second model on the same video"
    )
    parser.add_argument(
        "--mode",
        choices=["light", "dark"],
        default="light",
        help="of the pictures; the page follows its reader's system",
    )
    parser.add_argument(
        "--technique", choices=["umap", "pca"], default="umap", help="how the maps are made"
    )
    parser.add_argument(
        "--no-faces", action="store_true", help="leave pictures of the face out of the files"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--detector", default="auto", help="auto, scrfd, yunet, haar or center")
    parser.add_argument("--backbone-weights", default="openai", help="file of OpenAI's weights")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
