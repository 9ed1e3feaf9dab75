"""What framing is worth: how well a FaceCLIP names faces that a detector framed otherwise."""

import numpy as np
from numpy.typing import NDArray
from open_clip.model import CLIP

from core.faces.box import FaceBox
from core.faces.framing.framer import FaceFramer
from train.data.face_canvas import CANVAS_PX, FACE_PX, canvas_from_photo
from train.faceclip.naming import score_stills
from train.faceclip.stills.sources import Stills

# Sides of the squares that are given [those of the face].
BOXES = (0.7, 0.85, 1.0, 1.15, 1.3)


def score_framed(
    towers: CLIP, stills: Stills, size: int, framer: FaceFramer | None
) -> dict[str, dict[str, float]]:
    """Name stills that were found too tightly or too widely.

    Args:
        towers: FaceCLIP.
        stills: With their labels.
        size: Side of the towers' images [px].
        framer: Frames the found squares first; None takes them as they are.

    Returns:
        WAR and UAR, 0-1, by side of the square.
    """
    return {str(box): score_stills(towers, _found(stills, box, framer), size) for box in BOXES}


def _found(stills: Stills, box: float, framer: FaceFramer | None) -> Stills:
    canvases = np.stack([_canvas(image, box, framer) for image in stills.images])
    return Stills(canvases, stills.labels, stills.people)


def _canvas(image: NDArray[np.uint8], box: float, framer: FaceFramer | None) -> NDArray[np.uint8]:
    picture = np.repeat(image[..., None], 3, 2)
    side = FACE_PX * box
    found = FaceBox((CANVAS_PX - side) / 2, (CANVAS_PX - side) / 2, side)
    if framer:
        (found,) = framer.frame(picture, [found])
    return canvas_from_photo(picture, found)
