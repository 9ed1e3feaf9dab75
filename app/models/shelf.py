"""Which models can a visitor choose between, and which of them are loaded?"""

import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.visit.sessions import VisitorSession
from core.checkpoint import zero_shot_of
from core.checkpoint.baseline import ZERO_SHOT, is_zero_shot
from core.errors import A3LignError, CheckpointError
from core.predictor import Predictor, load_predictor
from core.recognizer import Recognizer

# Beside the page's own model. A ViT-L/14 takes 1.7 GB, FaceCLIP 0.05 GB; a CPU Space has 16 GB.
MAX_OPEN = 4
# Where a visitor's choice is found, in ``VisitorSession.values``.
KEY = "model"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")

# Called with the name that the page shows, and the folder or hub id.
Opener = Callable[[str, str], Predictor]


class ModelsBusyError(A3LignError):
    """No further model fits while visitors use those that are loaded."""


@dataclass(eq=False)
class OpenModel:
    """A loaded model. Whoever uses it holds this object: that keeps it loaded.

    Attributes:
        name: As the page shows it.
        predictor: The model.
        notes: What the tabs worked out about it, to be forgotten with it.
    """

    name: str
    predictor: Predictor
    notes: dict[Hashable, Any] = field(default_factory=dict)


class ModelShelf:
    """The models of one server, shared by all visitors; each visitor chooses one.

    At most ``MAX_OPEN`` models stay loaded beside the page's own. One that somebody uses is never
    taken away: work that has begun ends with the model it began with.

    Args:
        own: The model that every visit begins with.
        sources: Where further models are, by the name that the page shows.
        opener: Loads one of the sources.
        hub: Whether visitors may name a Hugging Face repository. That makes the server download
            what strangers ask for, so it is for servers that no stranger reaches.
    """

    def __init__(
        self,
        own: Predictor,
        sources: Mapping[str, str] | None = None,
        *,
        opener: Opener | None = None,
        hub: bool = False,
    ) -> None:
        self.own = OpenModel(own.checkpoint_name, own)
        self.hub = hub
        self._sources = dict(sources or {})
        self._opener = opener or sharing_opener(own)
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._kept: OrderedDict[str, OpenModel] = OrderedDict()
        self._alive: weakref.WeakValueDictionary[str, OpenModel] = weakref.WeakValueDictionary()

    def names(self) -> list[str]:
        """Models that visitors can choose, the page's own first."""
        return [self.own.name, *self._sources]

    def source(self, name: str) -> str:
        """Folder or hub id of a model that is not the page's own.

        Raises:
            CheckpointError: There is none of this name.
        """
        if name in self._sources:
            return self._sources[name]
        if not self.hub:
            raise CheckpointError(
                f"this server has no model {name!r:.60}; choose one of {', '.join(self.names())}"
            )
        # A visitor may name a repository, but never a folder of the server.
        if not HUB_ID.fullmatch(name) or Path(name).exists():
            raise CheckpointError(
                f"{name!r:.60} is no Hugging Face id; write owner/name, as in its address"
            )
        return name

    def chosen(self, session: VisitorSession) -> OpenModel:
        """The model that the visitor's next clip or frame is for."""
        model = session.values.get(KEY)
        return model if isinstance(model, OpenModel) else self.own

    def choose(self, session: VisitorSession, name: str) -> OpenModel:
        """Let the visitor use another model from now on; slow where it must be loaded.

        Raises:
            A3LignError: There is no such model, it cannot be loaded, or others use too many.
        """
        model = self.open(name)
        with session.in_use():
            session.values[KEY] = model
        return model

    def open(self, name: str) -> OpenModel:
        """Return a model, loaded if need be; see ``choose``."""
        if name == self.own.name:
            return self.own
        source = self.source(name)
        if found := self._find(name):
            return found
        with self._loading:  # one at a time: loading is heavy, and two might ask for the same
            if found := self._find(name):
                return found
            self._make_room()
            model = OpenModel(name, self._opener(name, source))
            with self._lock:
                self._kept[name] = model
                self._alive[name] = model
        return model

    def _find(self, name: str) -> OpenModel | None:
        with self._lock:
            model = self._alive.get(name)
            if model is not None:
                self._kept[name] = model
                self._kept.move_to_end(name)
            return model

    def _make_room(self) -> None:
        with self._lock:
            # Letting go frees a model at once, unless somebody still holds it.
            for name in list(self._kept):
                if len(self._alive) < MAX_OPEN:
                    return
                del self._kept[name]
            if len(self._alive) < MAX_OPEN:
                return
            names = ", ".join(self._alive)
            self._kept.update(self._alive)
        raise ModelsBusyError(
            f"{MAX_OPEN} further models are in use by visitors ({names}), and no more fit into "
            "this server; choose one of them, or try again in a minute"
        )


def sharing_opener(
    own: Predictor, *, wrap: Callable[[Predictor], Predictor] | None = None, **options: Any
) -> Opener:
    """Return what loads further models: on the own one's device, with its detector and limits.

    Args:
        own: The page's own model.
        wrap: Applied to every model, as it was to the own one.
        options: Passed on to ``load_predictor``.
    """

    def open_model(name: str, source: str) -> Predictor:
        device = own.recognizer.device
        if source == ZERO_SHOT:  # the own model's backbone serves both
            checkpoint = zero_shot_of(own.checkpoint, name=name)
            recognizer = Recognizer(checkpoint, device)
        else:
            loaded = load_predictor(source, device=str(device), detector="center", **options)
            checkpoint = replace(loaded.checkpoint, name=name)
            recognizer = loaded.recognizer
        shared = Predictor(checkpoint, recognizer, own.detector, own.limits, own.opener)
        return wrap(shared) if wrap else shared

    return open_model


def find_sources(places: list[str], *, taken: str = "") -> dict[str, str]:
    """Find the checkpoints that visitors are offered.

    Args:
        places: Checkpoint folders, folders of checkpoint folders, hub ids, or ``zero-shot:NAME``
            for one of OpenAI's models as it is.
        taken: Name of the page's own model.

    Returns:
        Folder or hub id by name, the zero-shot baseline first; a name that occurs twice gets a
        number.

    Raises:
        CheckpointError: A place holds no checkpoint.
    """
    found: dict[str, str] = {} if taken == ZERO_SHOT else {ZERO_SHOT: ZERO_SHOT}
    for place in places:
        for source in _checkpoints_in(place):
            stem = source if source == place and not Path(place).is_dir() else Path(source).name
            name, number = stem, 2
            while name in found or name == taken:
                name, number = f"{stem} ({number})", number + 1
            found[name] = source
    return found


def _checkpoints_in(place: str) -> list[str]:
    folder = Path(place)
    if not folder.is_dir():
        if HUB_ID.fullmatch(place) or is_zero_shot(place):
            return [place]
        raise CheckpointError(f"{place} is no folder with checkpoints; pass one, or a hub id")
    if (folder / "config.json").is_file():
        return [str(folder.resolve())]
    inside = sorted(path.parent for path in folder.glob("*/config.json"))
    if not inside:
        raise CheckpointError(f"{place} holds no checkpoint: no config.json in it or one below")
    return [str(path.resolve()) for path in inside]
