"""What the Alignment tab asks the server: the model, a clip, a map, the evidence, the words."""

import functools
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from app.alignment.beside import Beside
from app.alignment.data import clip_data, map_data, model_data, neighbour_data
from app.alignment.explained import Explained
from app.alignment.figures.packing import packed_bytes
from app.alignment.sentence_words import WordDesk
from app.clip.open_clip import OpenClip, analysed_clip
from app.figures.style import SURFACES, Mode
from app.models.shelf import ModelShelf
from app.visit.sessions import VisitorSession
from app.visit.turns import FairTurn
from core.errors import ConfigError
from core.explain.clip import explain_clip, explain_text, relevance_of
from core.explain.layouts import ClipMap, MapChoice, map_clips, preview_map
from core.explain.neighbours import Background, read_background
from core.explain.sentence_map import SIDES, SentenceMap, read_map
from core.explain.vectors import TextVectors
from core.explain.warmup import UmapWarmup
from core.predictor import Predictor

# The analysis that all other notes about a clip were made from.
RESULT = "result"
# How long a request for a map may wait for UMAP to be compiled before the page asks again [s].
PATIENCE_S = 5.0

Value = TypeVar("Value")


class NotReadyError(Exception):
    """UMAP is still being compiled; the page should ask again."""


class AlignmentDesk:
    """Answers the tab; every method may be called from several threads.

    Args:
        predictor: The model.
        warmup: Compiles UMAP.
        shelf: The models that visitors can compare with; by default none.
    """

    def __init__(
        self,
        predictor: Predictor,
        warmup: UmapWarmup | None = None,
        shelf: ModelShelf | None = None,
    ) -> None:
        self._predictor = predictor
        self._warmup = warmup or UmapWarmup()
        self._turn = FairTurn()
        self.beside = Beside(predictor, shelf or ModelShelf(predictor))

    def warm_up(self) -> None:
        """Compile UMAP in the background, so that the first visitor need not wait for it."""
        self._warmup.start()

    @property
    def umap_state(self) -> str:
        """``ready``, ``warming`` or ``failed``."""
        if self._warmup.failed:
            return "failed"
        return "ready" if self._warmup.ready else "warming"

    def model(self) -> dict[str, Any]:
        """Everything that is the same for every clip."""
        self.warm_up()
        with self._turn:
            fixed = self._model
        return fixed | {
            "others": self.beside.names(),
            "umap": self.umap_state,
        }

    def clip(self, session: VisitorSession, face: int) -> dict[str, Any]:
        """All numbers of the open clip, with a first map that needs no UMAP."""
        explained = self.explained(session, face)
        return clip_data(explained) | {
            "beside": self.beside.title(session),
            "preview": self._preview(explained),
        }

    def other(self, session: VisitorSession, face: int) -> dict[str, Any] | None:
        """The same numbers of what stands beside the open clip, None for nothing."""
        found = self.beside.explained(session, self.explained(session, face))
        return None if found is None else clip_data(found)

    def map(
        self,
        session: VisitorSession,
        face: int,
        choice: MapChoice,
        mode: Mode,
        *,
        beside: bool,
        behind: bool = False,
    ) -> dict[str, Any]:
        """One map as a figure; ``behind`` puts the validation clips on it.

        Raises:
            NotReadyError: UMAP is not ready yet.
            ConfigError: UMAP cannot be used here.
        """
        if choice.technique == "umap" and not self._warmup.wait(PATIENCE_S):
            if self._warmup.failed:
                raise ConfigError("UMAP cannot be used on this server; choose PCA")
            raise NotReadyError
        clip = analysed_clip(session)
        explained = [self.explained(session, face)]
        other = self.beside.explained(session, explained[0]) if beside else None
        if other is not None:
            explained.append(other)
        background = self.background if behind else None
        vectors = None if background is None else background.vectors(choice.side)
        key = ("map", face, choice, None if other is None else id(other), vectors is None)
        explanations = [each.explanation for each in explained]
        drawn = self._remember(
            clip, key, lambda: map_clips(explanations, choice, self.stored, vectors)
        )
        return map_data(explained, drawn, mode, background)

    def drawn_maps(
        self, session: VisitorSession, face: int, other: Explained | None
    ) -> dict[MapChoice, ClipMap]:
        """The maps without background that were laid out for the tab already."""
        beside = None if other is None else id(other)
        found: dict[MapChoice, ClipMap] = {}
        for key, value in list(analysed_clip(session).notes.items()):
            match key, value:
                case ("map", of, MapChoice() as choice, with_, True), ClipMap():
                    if (of, with_) == (face, beside):
                        found[choice] = value
        return found

    def neighbours(self, session: VisitorSession, face: int) -> dict[str, Any] | None:
        """The validation clips nearest to each moment, None where the model stores none."""
        explained = self.explained(session, face)
        return None if self.background is None else neighbour_data(explained, self.background)

    def relevance(self, session: VisitorSession, face: int, target: int) -> dict[str, Any]:
        """Where the evidence for a class is in the crops of the verdict's frames."""
        predictor = self._predictor
        clip = analysed_clip(session)
        explained = self.explained(session, face)
        if not 0 <= target < len(predictor.labels):
            raise ConfigError(f"class {target} does not exist; there are {len(predictor.labels)}")
        found = self._remember(
            clip,
            ("relevance", face, target),
            lambda: relevance_of(
                predictor.checkpoint, predictor.recognizer, explained.prediction, target
            ),
        )
        return {"method": found.method, "maps": packed_bytes(found.maps)}

    def explained(self, session: VisitorSession, face: int) -> Explained:
        """The open clip's explanation, worked out once."""
        clip = analysed_clip(session)
        if not 0 <= face < len(clip.predictions):
            raise ConfigError(f"face {face} does not exist; there are {len(clip.predictions)}")
        return self._remember(clip, ("explained", face), lambda: self._explain(clip, face))

    def _preview(self, explained: Explained) -> dict[str, Any] | None:
        """The stored map with the clip between its nearest sentences: needs no UMAP."""
        if self.stored is None:
            return None
        drawn = {
            side: preview_map(explained.explanation, MapChoice(side), self.stored) for side in SIDES
        }
        return {
            mode: {side: map_data([explained], drawn[side], mode) for side in SIDES}
            for mode in SURFACES
        }

    @functools.cached_property
    def _model(self) -> dict[str, Any]:
        return model_data(self._predictor, self.text, self.stored)

    @functools.cached_property
    def words(self) -> WordDesk:
        """The words beside the model's sentences."""
        known = self.stored.words if self.stored else None
        return WordDesk(self._predictor.recognizer.model, known)

    @functools.cached_property
    def text(self) -> TextVectors:
        """The model's sentences before and after its temporal layers."""
        return explain_text(self._predictor.checkpoint, self._predictor.recognizer)

    @functools.cached_property
    def stored(self) -> SentenceMap | None:
        """The map that ships with the checkpoint."""
        return read_map(self._predictor.checkpoint)

    @functools.cached_property
    def background(self) -> Background | None:
        """The validation clips that ship with the checkpoint's map."""
        classes = len(self._predictor.labels)
        return read_background(self.stored.clips if self.stored else None, classes)

    def _explain(self, clip: OpenClip, face: int) -> Explained:
        predictor, prediction = self._predictor, clip.predictions[face]
        explanation = explain_clip(
            predictor.checkpoint,
            predictor.recognizer,
            prediction,
            text=self.text,
            with_relevance=False,
        )
        return Explained(clip.title, predictor, prediction, explanation, self.stored)

    def _remember(self, clip: OpenClip, key: Hashable, make: Callable[[], Value]) -> Value:
        """Do slow work once per clip, one piece at a time over all visitors."""
        if clip.notes.get(RESULT) is not clip.predictions:
            # Analysed anew: nothing that was worked out before is true any more.
            clip.notes.clear()
            clip.notes[RESULT] = clip.predictions
        if key not in clip.notes:
            with self._turn:
                if key not in clip.notes:
                    clip.notes[key] = make()
        return clip.notes[key]  # type: ignore[return-value]  # the key says what it holds
