"""The face square that belongs to eyes and a mouth."""

import numpy as np
from numpy.typing import NDArray

# Left eye, right eye and mouth in the square [its sides]: the mean of FER2013's training faces.
PLACES = np.array([[0.321, 0.385], [0.679, 0.385], [0.5, 0.767]])


def square_of(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Lay the square over the points that they fit best in (least squares, no mirroring).

    Args:
        points: ``(N, 3, 2)`` left eye, right eye and mouth of each face, any unit, y downward.

    Returns:
        ``(N, 4)``: x and y of the middle, side, and by how much the face is tilted clockwise in
        the picture [degrees].
    """
    model = PLACES - PLACES.mean(0)
    size = float((model**2).sum())
    middle = points.mean(1)
    seen = points - middle[:, None]
    # A turn and a scale together are one complex factor.
    along = (seen * model).sum((1, 2)) / size
    across = (model[:, 0] * seen[..., 1] - model[:, 1] * seen[..., 0]).sum(1) / size
    offset = 0.5 - PLACES.mean(0)
    x = middle[:, 0] + along * offset[0] - across * offset[1]
    y = middle[:, 1] + across * offset[0] + along * offset[1]
    return np.stack([x, y, np.hypot(along, across), np.degrees(np.arctan2(across, along))], 1)
