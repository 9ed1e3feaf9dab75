"""Which of the faces in view does a live session follow?"""

from collections.abc import Sequence

from core.faces.tracking import Tracked

# Who is followed is left for somebody who is larger by this factor of their sides: two people at
# about one distance do not take the curves from each other with every nod.
TAKES_OVER = 1.5


class FaceChoice:
    """Follows one face among several.

    Attributes:
        asked: Number of the face that somebody chose; None follows the first largest one for as
            long as it is in view and nobody is ``TAKES_OVER`` times larger.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._followed: int | None = None

    def among(self, faces: Sequence[Tracked]) -> Tracked | None:
        """Return the face to follow; None where it, or everybody, is out of view."""
        by_id = {face.face_id: face for face in faces}
        if self.asked is not None:
            return by_id.get(self.asked)
        largest = max(faces, key=lambda face: face.box.side, default=None)
        current = by_id.get(self._followed) if self._followed is not None else None
        if largest and current and largest.box.side < TAKES_OVER * current.box.side:
            largest = current
        self._followed = largest.face_id if largest else None
        return largest
