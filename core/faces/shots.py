"""Where does a film cut?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.faces.looks import Look

# A shot that comes back after a cut within this time is the same one [s].
RETURN_S = 30.0


@dataclass
class _Shot:
    number: int
    look: Look
    seen_s: float


class Shots:
    """Numbers the shots of a film by comparing each frame with the one before.

    A flash, a fade and whatever else returns to the picture before it is no new shot.
    """

    def __init__(self) -> None:
        self._shots: list[_Shot] = []  # the latest one last
        self._count = 0

    def number(self, image: NDArray[np.uint8], time_s: float) -> int:
        """Return the shot of the next frame, from 0.

        Args:
            image: ``(h, w, 3)`` uint8 RGB.
            time_s: Its time, later than the frame before [s].
        """
        look = Look.of(image)
        if look.is_flat and self._shots:
            return self._shots[-1].number
        self._shots = [shot for shot in self._shots if time_s - shot.seen_s <= RETURN_S]
        for shot in reversed(self._shots):
            if shot.look.goes_on(look):
                self._shots.remove(shot)
                break
        else:
            shot = _Shot(self._count, look, time_s)
            self._count += 1
        shot.look, shot.seen_s = look, time_s
        self._shots.append(shot)
        return shot.number
