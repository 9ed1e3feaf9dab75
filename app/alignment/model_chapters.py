"""What became of a model's sentences, and how did they learn it? Chapters of an explanation."""

from app.alignment.figures.family import CLOSE, class_similarity, sentence_similarity
from app.alignment.figures.film import training_film
from app.alignment.figures.tokens import token_table
from app.export.alignment_page import Chapter
from app.figures.style import Mode
from core.explain.clip import ClipExplanation
from core.explain.panels import missing_panels
from core.explain.sentence_map import SIDES, SentenceMap, Side
from core.explain.tokens import WARNING, Vocabulary, nearest_words, sentence_family
from core.model.method import Method

SIDE_TITLES: dict[Side, str] = {
    "before": "before the synchronizer (CLIP's own space)",
    "after": "after the synchronizer (the aligned space)",
}


def model_chapters(
    model: Method, explanation: ClipExplanation, stored: SentenceMap | None, mode: Mode
) -> list[Chapter]:
    """Return the chapters that say the same of every clip; the tokens are those of its verdict."""
    labels, text = explanation.labels, explanation.text
    family = sentence_family(model, text.before, text.class_after)
    # Two digits would call everything 1.00 where a large common part is shared.
    digits = 4 if family.between > CLOSE else 2
    alike = ", ".join(
        f"{label} {value:.{digits}f}" for label, value in zip(labels, family.within, strict=True)
    )
    return [
        Chapter(
            "classes",
            "How alike the classes are",
            "Cosines of the class vectors.",
            class_similarity(family.classes, labels, mode=mode),
        ),
        Chapter(
            "family",
            "How alike the sentences are",
            f"Mean cosine within each class: {alike}; between classes "
            f"{family.between:.{digits}f}. A class at 1 would have collapsed to one sentence.",
            sentence_similarity(family.sentences, labels, mode=mode),
        ),
        _token_chapter(model, explanation, stored, mode),
        *_film_chapters(stored, mode),
    ]


def _token_chapter(
    model: Method, explanation: ClipExplanation, stored: SentenceMap | None, mode: Mode
) -> Chapter:
    missing = missing_panels(model).get("tokens")
    if missing:
        return Chapter("tokens", "What the sentences became", missing)
    vocabulary = Vocabulary(model.backbone, stored.words if stored else None)
    nearest = nearest_words(model, vocabulary, explanation.verdict, 0)
    return Chapter(
        "tokens",
        f"What the first sentence of {explanation.labels[explanation.verdict]} became",
        WARNING,
        token_table(nearest.words, nearest.cosines, nearest.norms, mode=mode),
    )


def _film_chapters(stored: SentenceMap | None, mode: Mode) -> list[Chapter]:
    film = None if stored is None else stored.film
    if stored is None or film is None:
        return []
    kept: tuple[Side, ...] = SIDES if film.scenes[0].aligned else ("before",)
    return [
        Chapter(
            f"film-{side}",
            f"Training as a film, {SIDE_TITLES[side]}",
            "The sentences find their places; beside the map the cosines of the classes and the "
            "weighted (WAR) and unweighted (UAR) average recall on the validation part. All scenes "
            "share one map." + (" Each is shifted to its own middle." if side == "after" else ""),
            training_film(film, stored.labels, is_aligned=side == "after", mode=mode),
        )
        for side in kept
    ]
