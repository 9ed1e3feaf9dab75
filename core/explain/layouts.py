"""One map for one clip, for two clips, or for two models on the same clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import CheckpointError
from core.explain.clip import ClipExplanation
from core.explain.projection import (
    Dimensions,
    Layout,
    Mode,
    Technique,
    centred,
    faithfulness,
    lay_out,
    place_between,
)
from core.explain.sentence_map import SentenceMap, Side, map_owners, map_points
from core.explain.vectors import TextVectors, unit
from core.prediction import Array


@dataclass(frozen=True)
class MapChoice:
    """Which map is wanted; see ``core.explain.projection``."""

    side: Side = "after"
    mode: Mode = "text"
    technique: Technique = "umap"
    dimensions: Dimensions = 2


@dataclass(frozen=True)
class ClipMap:
    """A finished map.

    Attributes:
        texts: One array per model: ``(K·S + K, d)``.
        videos: One array per clip: ``(M + 1, d)``, moments and then the whole clip.
        technique: What was really used.
        faithfulness: For each clip, the share of its moments whose nearest sentence on the map is
            of the same class as their nearest sentence by cosine.
        background: ``(N, d)`` clips behind them, None where none were given.
    """

    texts: tuple[Array, ...]
    videos: tuple[Array, ...]
    technique: Technique
    faithfulness: tuple[float, ...]
    background: Array | None = None


def clip_points(explanation: ClipExplanation, side: Side) -> Array:
    """Vectors of the moments and of the whole clip: ``(M + 1, D)``."""
    view = explanation.before if side == "before" else explanation.after
    return unit(np.concatenate([view.moments, view.clip[None]]))


def map_clips(
    explanations: Sequence[ClipExplanation],
    choice: MapChoice,
    stored: SentenceMap | None = None,
    background: Array | None = None,
) -> ClipMap:
    """Put one or two explained clips on one map.

    Args:
        explanations: Two of the same model are two clips among the same sentences; two of
            different models bring their own sentences each.
        choice: Which map.
        stored: The model's stored map, so that the sentences lie where they always do.
        background: ``(N, D)`` vectors of further clips of the same model, to lie behind.

    Raises:
        CheckpointError: The models' spaces cannot be compared.
    """
    models = _models(explanations)
    texts = [map_points(model, choice.side) for model in models]
    videos = [clip_points(each, choice.side) for each in explanations]
    if len({points.shape[1] for points in [*texts, *videos]}) > 1:
        raise CheckpointError(
            "the two models cannot share a map: their spaces have different widths "
            f"({', '.join(str(points.shape[1]) for points in texts)})"
        )
    shown = len(videos)
    if background is not None and len(models) == 1:
        videos.append(background)
    layout = _lay_out(texts, videos, choice, stored if len(models) == 1 else None)
    placed = _split(explanations, texts, videos, layout)
    if len(videos) == shown:
        return placed
    return replace(placed, videos=placed.videos[:shown], background=placed.videos[shown])


def preview_map(explanation: ClipExplanation, choice: MapChoice, stored: SentenceMap) -> ClipMap:
    """Place a clip on the stored map at once, without UMAP; ``choice.mode`` is ``text``."""
    text = map_points(explanation.text, choice.side)
    video = clip_points(explanation, choice.side)
    positions = stored.space(choice.side).positions(choice.technique, choice.dimensions)
    layout = Layout(positions, place_between(video, text, positions), choice.technique)
    return _split([explanation], [text], [video], layout)


def _models(explanations: Sequence[ClipExplanation]) -> list[TextVectors]:
    first, *others = [each.text for each in explanations]
    different = [text for text in others if not np.array_equal(text.before, first.before)]
    return [first, *different]


def _lay_out(
    texts: list[Array], videos: list[Array], choice: MapChoice, stored: SentenceMap | None
) -> Layout:
    mean = stored.mean(choice.side) if stored else None
    mode = choice.mode
    if mode == "centred" and len(texts) > 1:
        # Each model has its own middle; a common one would show nothing but the two models.
        pairs = [centred(*pair) for pair in zip(texts, videos, strict=True)]
        texts, videos = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        mode = "joint"
    positions = None
    if stored and mode == "text" and choice.technique == "umap":
        positions = stored.space(choice.side).positions("umap", choice.dimensions)
    return lay_out(
        np.concatenate(texts),
        np.concatenate(videos),
        mode=mode,
        technique=choice.technique,
        dimensions=choice.dimensions,
        video_mean=mean,
        stored=positions,
    )


def _split(
    explanations: Sequence[ClipExplanation],
    texts: list[Array],
    videos: list[Array],
    layout: Layout,
) -> ClipMap:
    text_parts = _parts(layout.text, texts)
    video_parts = _parts(layout.video, videos)
    own = [min(place, len(texts) - 1) for place in range(len(videos))]
    shares = []
    for place, explanation in enumerate(explanations):
        classes, sentences, _ = explanation.text.before.shape
        layout_here = Layout(text_parts[own[place]], video_parts[place], layout.technique)
        owners = map_owners(classes, sentences)
        shares.append(faithfulness(layout_here, texts[own[place]], videos[place], owners))
    return ClipMap(tuple(text_parts), tuple(video_parts), layout.technique, tuple(shares))


def _parts(positions: Array, groups: list[Array]) -> list[Array]:
    ends = np.cumsum([len(group) for group in groups])[:-1]
    return [np.asarray(part, np.float32) for part in np.split(positions, ends)]
