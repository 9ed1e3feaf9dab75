"""Which figures explain a verdict, and what is said beside each?"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.alignment.explained import Explained
from app.alignment.figures.heat import sentence_heat
from app.alignment.figures.map import sentence_map
from app.alignment.figures.path import VideoPath
from app.alignment.figures.relevance import contact_sheet
from app.alignment.figures.time import attention_map, influence_strip
from app.alignment.model_chapters import SIDE_TITLES, model_chapters
from app.export.alignment_page import Chapter
from app.figures.style import SURFACES, Mode
from core.explain.attention import attention_received
from core.explain.layouts import ClipMap, MapChoice, map_clips
from core.explain.panels import missing_panels
from core.explain.projection import EXPLANATIONS, MODES, Technique
from core.explain.projection import Mode as Placement
from core.explain.sentence_map import SIDES, STORED_MODE

RELEVANCE_TITLE = "What the face shows"
MODE_TITLES: dict[Placement, str] = {
    "text": "sentences first",
    "centred": "each centred",
    "joint": "raw together",
}


@dataclass(frozen=True)
class Sheet:
    """The crops with the evidence marked, as a chapter and as a PNG file, empty without crops."""

    chapter: Chapter
    png: bytes


Maps = dict[MapChoice, ClipMap]


def chapters_in_both_modes(
    explained: Sequence[Explained], technique: Technique, maps: Maps | None = None
) -> dict[Mode, list[Chapter]]:
    """Return ``make_chapters`` for light and dark surfaces; every map is laid out once at most."""
    maps = dict(maps or {})
    return {
        mode: make_chapters(explained, mode=mode, technique=technique, maps=maps)
        for mode in SURFACES
    }


def make_chapters(
    explained: Sequence[Explained], *, mode: Mode, technique: Technique, maps: Maps | None = None
) -> list[Chapter]:
    """Return one chapter per idea; a second clip or model appears on the maps and beside.

    Args:
        explained: One clip, or two to compare.
        mode: Colours for light or dark surfaces.
        technique: How the maps are made.
        maps: Maps that are laid out already; further ones are added.
    """
    first = explained[0]
    choices = [MapChoice(side, way, technique) for side in SIDES for way in MODES]
    choices += [MapChoice(side, STORED_MODE, technique, 3) for side in SIDES]
    chapters = [map_chapter(explained, choice, mode, maps) for choice in choices]
    for each in explained:
        suffix = "" if each is first else "-beside"
        chapters += _clip_chapters(each, mode, suffix)
    model = first.predictor.recognizer.model
    return chapters + model_chapters(model, first.explanation, first.stored, mode)


def map_chapter(
    explained: Sequence[Explained], choice: MapChoice, mode: Mode, maps: Maps | None = None
) -> Chapter:
    """Draw one map and say how far it can be trusted; ``maps`` as for ``make_chapters``."""
    first = explained[0]
    maps = {} if maps is None else maps
    if choice not in maps:
        maps[choice] = map_clips([each.explanation for each in explained], choice, first.stored)
    drawn = maps[choice]
    paths = [
        VideoPath(_name(each, explained), positions, each.explanation.times_s)
        for each, positions in zip(explained, drawn.videos, strict=True)
    ]
    trust = " ".join(
        f"On this map {share:.0%} of the moments of {path.name} lie nearest to a sentence of the "
        "same class as by cosine."
        for path, share in zip(paths, drawn.faithfulness, strict=True)
    )
    return Chapter(
        name=f"map-{choice.side}-{choice.mode}" + ("" if choice.dimensions == 2 else "-3d"),
        title=f"Map {SIDE_TITLES[choice.side]}: {MODE_TITLES[choice.mode]}"
        + ("" if choice.dimensions == 2 else ", in three dimensions"),
        text=f"{EXPLANATIONS[choice.mode]} {drawn.technique.upper()}. {trust}",
        figure=sentence_map(drawn.texts, first.explanation.labels, paths, mode=mode),
    )


def relevance_sheet(explained: Explained) -> Sheet:
    """Put the crops of the verdict's frames side by side, or say why they cannot be marked."""
    explanation = explained.explanation
    if explanation.relevance is None:
        reason = missing_panels(explained.predictor.recognizer.model).get("evidence", "")
        return Sheet(Chapter("relevance", RELEVANCE_TITLE, reason), b"")
    crops = [_decode(explained.prediction.frames.crops[row] or b"") for row in explanation.sampled]
    sheet = contact_sheet(crops, explanation.relevance.maps)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    png = encoded.tobytes()
    label = explanation.labels[explanation.verdict]
    chapter = Chapter(
        name="relevance",
        title=RELEVANCE_TITLE,
        text=f"Where the evidence for {label} is in each frame of the verdict. "
        f"{explanation.relevance.method}. Darker frames matter less; that difference is softened.",
        picture=f"data:image/png;base64,{base64.b64encode(png).decode()}",
    )
    return Sheet(chapter, png)


def _clip_chapters(explained: Explained, mode: Mode, suffix: str) -> list[Chapter]:
    explanation = explained.explanation
    labels, verdict = explanation.labels, explanation.labels[explanation.verdict]
    chapters = []
    for side in SIDES:
        view = explanation.before if side == "before" else explanation.after
        times_s = explanation.sampled_times_s
        chapters += [
            Chapter(
                f"sentences-{side}{suffix}",
                f"Sentences of {verdict} over the frames, {SIDE_TITLES[side]}",
                "How much more each learned sentence answers to each frame of the verdict than the "
                "average sentence of all classes. On the marked diagonal sentence and frame share "
                "a position in time; no loss ties them.",
                sentence_heat(
                    view.sampled_sentences, labels, times_s,
                    chosen=verdict, is_sampled=True, is_relative=True, mode=mode,
                ),
            ),
            Chapter(
                f"sentences-all-{side}{suffix}",
                f"All sentences over the whole clip, {SIDE_TITLES[side]}",
                "The same for every class and every moment.",
                sentence_heat(
                    view.moment_sentences, labels, explanation.times_s, is_relative=True, mode=mode
                ),
            ),
        ]  # fmt: skip
    return chapters + _order_chapters(explained, mode, suffix)


def _order_chapters(explained: Explained, mode: Mode, suffix: str) -> list[Chapter]:
    explanation = explained.explanation
    influence = explanation.influence
    verdict = explanation.labels[explanation.verdict]
    chapters = [
        Chapter(
            f"influence{suffix}",
            "What the verdict owes to each frame",
            f"How far {verdict}'s lead falls when one frame is filled with its neighbours. With "
            "the frames in random order its probability is "
            f"{influence.shuffled_probability:.2f} instead of "
            f"{explained.prediction.probabilities.max():.2f}.",
            influence_strip(influence.margin, explanation.sampled_times_s, mode=mode),
        )
    ]
    missing = missing_panels(explained.predictor.recognizer.model)
    if "attention_video" in missing:
        chapters.append(
            Chapter(
                f"attention{suffix}", "What the synchronizer looks at", missing["attention_video"]
            )
        )
    else:
        attention = explanation.attention_video.mean((0, 1))
        most = int(attention_received(attention).argmax()) + 1
        chapters.append(
            Chapter(
                f"attention{suffix}",
                "What the synchronizer looks at",
                "Attention of the frames to each other, mean over layers and heads; frame "
                f"{most} is read most.",
                attention_map(attention, mode=mode),
            )
        )
    return chapters


def _name(one: Explained, explained: Sequence[Explained]) -> str:
    """Name a path by what differs: the clip, or the model."""
    same_clip = len({each.name for each in explained}) == 1 and len(explained) > 1
    return one.prediction.checkpoint if same_clip else one.name


def _decode(jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("a sampled frame has no readable crop")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
