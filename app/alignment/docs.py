"""Make the page of the documentation that explains the alignment: ``python -m app.alignment.docs``.

It needs no clip of anybody: the drawn example and the public-domain portrait are its clips. The
same weights give the same page, so it is run again whenever they change.
"""

import argparse
import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from string import Template

import numpy as np

from app.alignment.chapters import make_chapters, map_chapter, relevance_sheet
from app.alignment.explained import Explained, explain_video
from app.alignment.figures.film_strip import film_strip
from app.alignment.model_chapters import SIDE_TITLES
from app.examples.shelf import ExampleShelf
from app.export.alignment_page import Chapter
from app.export.pictures import Figure, write_pictures
from core.checkpoint import SHIPPED
from core.errors import A3LignError
from core.explain.arrays import explanation_summary
from core.explain.layouts import MapChoice, map_clips
from core.explain.panels import missing_panels
from core.explain.projection import Technique
from core.explain.sentence_map import SIDES
from core.explain.tokens import WARNING, Vocabulary, nearest_words
from core.predictor import load_predictor

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "assets" / "docs"
TEMPLATE = DOCS / "alignment.template.md"
CLIPS = ("drawing", "astronaut")
# The chapters that the page shows, one per idea, under the names that it links to.
SHOWN = (
    "map-before-text", "map-before-joint", "map-after-text", "sentences-after",
    "sentences-all-after", "attention", "influence", "classes",
)  # fmt: skip
STRIPS = ("film-strip-before", "film-strip-after")
TOKENS = 8


def main(argv: list[str] | None = None) -> int:
    """Write ``alignment.md`` and its figures; a mistake becomes a sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="python -m app.alignment.docs", description=__doc__)
    parser.add_argument("--checkpoint", default=str(SHIPPED), help="a folder or a hub id")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for the page")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        write_page(arguments.checkpoint, arguments.out)
    except (A3LignError, OSError) as error:
        logger.error("%s", error)
        return 2
    return 0


def write_page(checkpoint: str, out: Path, technique: Technique = "umap") -> None:
    """Explain both example clips and write the page about them.

    Raises:
        NoRendererError: Nothing on this machine can draw PNG files.
    """
    predictor = load_predictor(checkpoint, device="cpu", detector="haar")
    with tempfile.TemporaryDirectory() as folder:
        clips = [ExampleShelf().place(name, Path(folder)) for name in CLIPS]
        drawn, portrait = (explain_video(predictor, str(clip)) for clip in clips)
    told = make_chapters([drawn], mode="light", technique=technique)
    chapters = {chapter.name: chapter for chapter in told}
    compared = map_chapter([drawn, portrait], MapChoice(technique=technique), "light")
    chapters["compare"] = replace(compared, name="compare")
    chapters |= {chapter.name: chapter for chapter in _film_strips(drawn)}
    figures = out / "alignment"
    figures.mkdir(parents=True, exist_ok=True)
    for old in figures.glob("*.png"):
        old.unlink()
    shown = [chapters[name] for name in (*SHOWN, "compare", *STRIPS) if name in chapters]
    write_pictures([Figure(each.name, each.figure) for each in shown if each.figure], figures)
    sheet = relevance_sheet(drawn)
    if sheet.png:
        (figures / "relevance.png").write_bytes(sheet.png)
    text = _text(chapters, drawn, portrait, technique)
    (out / "alignment.md").write_text(text, encoding="utf-8")
    logger.info("wrote %s", out / "alignment.md")


def _text(
    chapters: dict[str, Chapter], drawn: Explained, portrait: Explained, technique: Technique
) -> str:
    explanation, prediction = drawn.explanation, drawn.prediction
    truth = explanation_summary(explanation, prediction)["truth"]
    shares = [
        map_clips([explanation], MapChoice(side, technique=technique), drawn.stored).faithfulness[0]
        for side in SIDES
    ]
    weights = drawn.predictor.checkpoint.config.weights_sha256
    words = {
        "checkpoint": prediction.checkpoint,
        "weights": weights[:12],
        "sentences": explanation.text.before.shape[1],
        "width": explanation.text.before.shape[2],
        "frames": len(explanation.sampled),
        "verdict": prediction.label,
        "probability": f"{prediction.probabilities.max():.0%}",
        "trust_before": f"{shares[0]:.0%}",
        "trust_after": f"{shares[1]:.0%}",
        "nearest": truth["nearest_class"],
        "lead": f"{truth['lead']:.3f}",
        "difference": f"{truth['difference_from_verdict']:.6f}",
        "nearest_sentences": truth["nearest_sentences"],
        "attention": _pictured(chapters, "attention"),
        "order": chapters["influence"].text.split(". ", 1)[1],
        "relevance": _relevance(drawn),
        "tokens": _tokens(drawn),
        "film": "\n\n".join(_pictured(chapters, name) for name in STRIPS if name in chapters)
        or "This checkpoint carries no film of its training.",
        "portrait_verdict": portrait.prediction.label,
        "portrait_probability": f"{portrait.prediction.probabilities.max():.0%}",
    }
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def _pictured(chapters: dict[str, Chapter], name: str) -> str:
    """Words of a chapter, with its picture if it has one."""
    chapter = chapters[name]
    picture = f"![{chapter.title}](alignment/{name}.png)\n\n" if chapter.figure else ""
    return picture + chapter.text


def _film_strips(drawn: Explained) -> list[Chapter]:
    film = None if drawn.stored is None else drawn.stored.film
    if film is None:
        return []
    return [
        Chapter(
            f"film-strip-{side}",
            f"The ends of the training steps, {SIDE_TITLES[side]}",
            f"Start and end of each training step, {SIDE_TITLES[side]}: the sentences above, the "
            "cosines of the classes with each other below, and the scores on the validation part.",
            film_strip(film, drawn.explanation.labels, is_aligned=side == "after"),
        )
        for side in SIDES
        if side == "before" or film.scenes[0].aligned
    ]


def _tokens(drawn: Explained) -> str:
    """The tokens of the verdict's first sentence that lie nearest to a word, as a table."""
    model, verdict = drawn.predictor.recognizer.model, drawn.explanation.verdict
    missing = missing_panels(model).get("tokens")
    if missing:
        return missing
    vocabulary = Vocabulary(model.backbone, drawn.stored.words if drawn.stored else None)
    found = nearest_words(model, vocabulary, verdict, 0)
    nearest = sorted(np.argsort(-found.cosines[:, 0], kind="stable")[:TOKENS])
    rows = [
        f"| {place + 1} | "
        + ", ".join(
            f"{word} {value:.2f}"
            for word, value in zip(found.words[place], found.cosines[place], strict=True)
        )
        + f" | {found.norms[place]:.2f} |"
        for place in nearest
    ]
    label = drawn.explanation.labels[verdict]
    return (
        f"{WARNING}\n\nThe {TOKENS} of {len(found.words)} tokens of {label}'s first sentence that "
        f"lie nearest to a word (a word's median length is {found.word_norm:.2f}):\n\n"
        "| token | nearest words with their cosine | length |\n|---|---|---|\n" + "\n".join(rows)
    )


def _relevance(drawn: Explained) -> str:
    sheet = relevance_sheet(drawn)
    picture = "![Evidence in each frame](alignment/relevance.png)\n\n" if sheet.png else ""
    return picture + sheet.chapter.text


if __name__ == "__main__":
    raise SystemExit(main())
