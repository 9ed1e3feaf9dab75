"""What happens on the server to the frames that a visitor's camera sends?"""

import base64
import contextlib
import io
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.clip.open_clip import SAVED_CLIP
from app.live.frames import decode_frame, unpack_clip, write_webm
from app.models.shelf import ModelShelf, OpenModel
from app.visit.sessions import VisitorSession
from app.visit.turns import FairTurn
from core.errors import A3LignError, ConfigError
from core.prediction import LiveResult

if TYPE_CHECKING:
    from core.live import LiveSession

SMOOTHING_S = (0.0, 3.0)
WINDOW_S = (0.5, 5.0)
MAX_TIME_S = 86_400.0
CROP_QUALITY = 85
# Beyond this many cameras at once nobody would see moving curves on two cores.
MAX_VISITORS = 8
# One address leaves some of them to others.
MAX_PER_ADDRESS = 6
ACTIVE_S = 5.0
_VISIT = "live visit"


class BusyError(A3LignError):
    """The frame is dropped: the one before it is still being looked at."""


class FullError(A3LignError):
    """Too many cameras are running."""


@dataclass
class LiveVisit:
    """One visitor's camera.

    Attributes:
        session: The recognition so far.
        model: What recognises.
        address: Where the visitor comes from, "" where that is unknown.
        last_time_s: Time of the newest frame, on the browser's clock [s].
        seen_s: When it came, on this machine's clock [s].
        busy: Held while a frame is being looked at.
    """

    session: "LiveSession"
    model: OpenModel
    address: str = ""
    last_time_s: float = -math.inf
    seen_s: float = -math.inf
    busy: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class FrameSettings:
    """What the page sends along with a frame.

    Attributes:
        time_s: When it was taken, on the page's clock [s].
        smoothing_s: Time constant of the smoothed curve [s].
        window_s: How far back the model looks [s].
    """

    time_s: float
    smoothing_s: float
    window_s: float

    @classmethod
    def from_query(cls, query: Any) -> "FrameSettings":
        """Read the settings from a request's query.

        Raises:
            ConfigError: One is missing, no number, or out of range.
        """
        return cls(
            _number(query, "time_s", 0.0, MAX_TIME_S),
            _number(query, "smoothing_s", *SMOOTHING_S),
            _number(query, "window_s", *WINDOW_S),
        )


def _number(query: Any, name: str, lowest: float, highest: float) -> float:
    text = query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise ConfigError(f"{name} must be a number from {lowest:g} to {highest:g}, got {text!r}")
    return value


class CameraDesk:
    """Looks at visitors' frames, one at a time and each visitor in turn.

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
        """Forget the visitor's frames, calibration and saved clip."""
        visitor.values.pop(_VISIT, None)
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
            BusyError: The visitor's previous frame is not done, or this one is older.
            VideoError: The frame is no acceptable JPEG.
        """
        visit = self._visit(visitor)
        if not visit.busy.acquire(blocking=False):
            raise BusyError("the frame before this one is still being looked at")
        try:
            if settings.time_s <= visit.last_time_s:
                raise BusyError("a newer frame has been looked at already")
            frame = decode_frame(jpeg)
            visit.last_time_s, visit.seen_s = settings.time_s, self._clock()
            visitor.touch()
            with self._turn:
                visit.session.smoothing_s = settings.smoothing_s
                visit.session.window_s = settings.window_s
                result = visit.session.update(frame, settings.time_s)
            return _answer(visit.model, result)
        finally:
            visit.busy.release()

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


def _answer(model: OpenModel, result: LiveResult) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "time_s": result.time_s,
        "model": model.name,
        "milliseconds": {key: round(value, 2) for key, value in result.milliseconds.items()},
        "calibrating_s": round(result.calibrating_s, 2),
        "box": None,
    }
    if result.box is None or result.raw is None or result.smoothed is None:
        return answer
    second, first = np.sort(result.smoothed)[-2:]
    margin = model.predictor.checkpoint.config.calibration.margin
    return answer | {
        "box": [round(value, 1) for value in result.box],
        "crop": _as_text(result.crop),
        "raw": _rounded(result.raw),
        "smoothed": _rounded(result.smoothed),
        "uncertain": bool(first - second < margin),
    }


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _as_text(crop: NDArray[np.uint8] | None) -> str | None:
    if crop is None:
        return None
    file = io.BytesIO()
    Image.fromarray(crop).save(file, "JPEG", quality=CROP_QUALITY)
    return base64.b64encode(file.getvalue()).decode("ascii")
