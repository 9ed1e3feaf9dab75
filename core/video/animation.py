"""How are animations and stills decoded?"""

import logging
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from core.errors import DamagedFrameError
from core.video.frame import NOMINAL_FPS, RgbImage, SourceFrame
from core.video.limits import Budget
from core.video.still import TOO_LARGE, decode_picture, open_picture, too_large

logger = logging.getLogger(__name__)

ANIMATED = {"GIF", "PNG", "WEBP", "AVIF"}

# Browsers show a frame that states 10 ms or less for 100 ms.
SHORTEST_S = 0.011
INSTEAD_S = 0.1


class AnimationSource:
    """A gif, animated webp, png or avif with the frame times of the file; also one still.

    Args:
        path: An existing file.
        budget: Asked for everything that is decoded.

    Raises:
        VideoError: Not a single frame can be decoded, or a limit is passed.
    """

    def __init__(self, path: Path, budget: Budget) -> None:
        self._budget = budget
        self._image = open_picture(path, budget.name, budget)
        self.stated_size = self._image.size
        self.start_s = 0.0
        self.damaged = 0
        self.cut_s = 0.0
        self._is_animated = self._image.format in ANIMATED and _moves(self._image)
        self.stated_frames = None if self._is_animated else 1
        self.stated_s = None if self._is_animated else 1 / NOMINAL_FPS
        budget.stated_s = self.stated_s

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``; a file that breaks off gives the frames before."""
        if not self._is_animated:
            yield SourceFrame.painted(0.0, 1 / NOMINAL_FPS, self._decode(0.0))
            return
        time_s = 0.0
        # The default image of an animated png is for readers that cannot animate.
        first = int(bool(self._image.info.get("default_image")))
        position = first
        while self._seek(position):
            try:
                image = self._decode(time_s)
            except DamagedFrameError:
                if position == first:
                    raise
                self._note_break(position - first)
                return
            length_s = _shown_s(self._image)
            yield SourceFrame.painted(time_s, length_s, image)
            time_s += length_s
            position += 1

    def close(self) -> None:
        """See ``FrameSource``."""
        self._image.close()

    def _decode(self, time_s: float) -> RgbImage:
        # A frame of a gif may be larger than the picture that its header states.
        self._budget.spend(time_s, self._image.size)
        return decode_picture(self._image, self._budget.name)

    def _seek(self, position: int) -> bool:
        try:
            self._image.seek(position)
        except EOFError:
            return False
        except TOO_LARGE as error:
            raise too_large(self._budget.name, self._budget) from error
        except MemoryError:
            raise
        # Pillow's readers raise what their parsing runs into: struct.error, IndexError, OSError.
        except Exception:  # noqa: BLE001
            self._note_break(position)
            return False
        return True

    def _note_break(self, position: int) -> None:
        self.damaged += 1
        logger.warning("an animation breaks off after %d frames; those are used", position)


def _moves(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    # Pillow looks for a second frame, and raises what its parsing runs into: one that is damaged.
    except Exception:  # noqa: BLE001
        return True


def _shown_s(image: Image.Image) -> float:
    stated_s = float(image.info.get("duration") or 0) / 1000
    return stated_s if stated_s >= SHORTEST_S else INSTEAD_S
