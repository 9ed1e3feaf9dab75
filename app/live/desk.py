"""What happens on the server to the frames that a visitor's camera sends?"""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.clip.open_clip import SAVED_CLIP
from app.live.answer import frame_answer
from app.live.frames import decode_frame, unpack_clip, write_webm
from app.live.line import BusyError, FrameLine
from app.live.settings import FrameSettings
from app.models.shelf import ModelShelf, OpenModel
from app.visit.sessions import VisitorSession
from app.visit.turns import FairTurn
from core.errors import A3LignError

if TYPE_CHECKING:
    from core.live import LiveSession

# Beyond this many cameras at once nobody would see moving curves on two cores.
MAX_VISITORS = 8
# One address leaves some of them to others.
MAX_PER_ADDRESS = 6
ACTIVE_S = 5.0
_VISIT = "live visit"


class FullError(A3LignError):
    """Too many cameras are running."""


@dataclass
class LiveVisit:
    """One visitor's camera.

    Attributes:
        session: The recognition so far.
        model: What recognises.
        address: Where the visitor comes from, "" where that is unknown.
        seen_s: When the newest frame came, on this machine's clock [s].
        line: The order of its frames.
    """

    session: "LiveSession"
    model: OpenModel
    address: str = ""
    seen_s: float = -math.inf
    line: FrameLine = field(default_factory=FrameLine)


class CameraDesk:
    """Looks at visitors' frames, one at a time and each visitor in turn.

    A visitor's frames wait in a line of their own and only the first of them takes part in the
    turns, so that nobody gains by sending more.

    Args:
        shelf: The models.
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(self, shelf: ModelShelf, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shelf = shelf
        self._clock = clock
        self._turn = FairTurn()
        self._lock = threading.Lock()
        self._visits: list[LiveVisit] = []
        self._saving: set[str] = set()

    def start(self, visitor: VisitorSession) -> None:
        """Begin anew: earlier frames and calibration are forgotten.

        Raises:
            FullError: Too many cameras are running.
        """
        old = visitor.values.pop(_VISIT, None)
        model = self._shelf.chosen(visitor)
        visit = LiveVisit(model.predictor.live(), model, visitor.address, seen_s=self._clock())
        with self._lock:
            others = [other for other in self._visits if other is not old and self._active(other)]
            same = sum(other.address == visit.address != "" for other in others)
            if len(others) >= MAX_VISITORS or same >= MAX_PER_ADDRESS:
                raise FullError(
                    f"{len(others)} cameras are running on this server, which is all it can "
                    "follow; try again in a minute"
                )
            self._visits = [*others, visit]
        visitor.values[_VISIT] = visit

    def stop(self, visitor: VisitorSession) -> None:
        """Forget the visitor's frames, calibration and saved clip; the place is free at once."""
        stopped = visitor.values.pop(_VISIT, None)
        with self._lock:
            self._visits = [visit for visit in self._visits if visit is not stopped]
        if clip := visitor.values.pop(SAVED_CLIP, None):
            clip.unlink(missing_ok=True)

    def calibrate(self, visitor: VisitorSession) -> None:
        """Take the next three seconds as the person's neutral face."""
        with self._turn:
            self._visit(visitor).session.calibrate()

    def forget_calibration(self, visitor: VisitorSession) -> None:
        """Go back to the model as it is."""
        with self._turn:
            self._visit(visitor).session.forget_calibration()

    def look(self, visitor: VisitorSession, jpeg: bytes, settings: FrameSettings) -> dict[str, Any]:
        """Look at one frame; returns what ``live/live.js`` shows, JSON-like.

        Raises:
            BusyError: Too many of the visitor's frames wait, or this one is older.
            VideoError: The frame is no acceptable JPEG.
        """
        visit = self._visit(visitor)
        came_s = time.perf_counter()
        with visit.line.turn(settings.time_s):
            frame = decode_frame(jpeg)
            visit.seen_s = self._clock()
            visitor.touch()
            with self._turn:
                waited_ms = (time.perf_counter() - came_s) * 1e3
                session = visit.session
                session.smoothing_s, session.window_s = settings.smoothing_s, settings.window_s
                session.face = settings.face
                result = session.update(frame, settings.time_s)
        return frame_answer(visit.model, result) | {"waited_ms": round(waited_ms, 2)}

    @contextlib.contextmanager
    def saving(self, visitor: VisitorSession) -> Iterator[None]:
        """Keep the visitor's one place for a save.

        Raises:
            BusyError: A save of the visitor's is under way.
        """
        with self._lock:
            if visitor.token in self._saving:
                raise BusyError("the clip before this one is still being saved; wait for it")
            self._saving.add(visitor.token)
        try:
            yield
        finally:
            with self._lock:
                self._saving.remove(visitor.token)

    def save(self, visitor: VisitorSession, packed: bytes) -> None:
        """Write the visitor's packed frames as a clip that the Clip tab can open.

        Raises:
            VideoError: The pack is damaged or too long.
        """
        with visitor.in_use():
            path = visitor.folder / "live.webm"
            write_webm(unpack_clip(packed), path)
            visitor.values[SAVED_CLIP] = path

    def _visit(self, visitor: VisitorSession) -> LiveVisit:
        visit = visitor.values.get(_VISIT)
        if not isinstance(visit, LiveVisit) or visit.model is not self._shelf.chosen(visitor):
            self.start(visitor)  # the first frame, or the first for another model
        current: LiveVisit = visitor.values[_VISIT]
        return current

    def _active(self, visit: LiveVisit) -> bool:
        return self._clock() - visit.seen_s < ACTIVE_S
