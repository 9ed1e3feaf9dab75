"""A toy face: a dome with 68 landmarks and simple actions, drawn as shapes on a canvas."""

import json

import cv2
import numpy as np

from core.labels import SEVEN
from train.faceclip.stills.sources import Stills
from train.motion.faces.landmarks import Landmarks, digest_of

BROWS = ["browDown", "browInnerUp", "browOuterUp"]
EYES = ["cheekRaiser", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeSquint", "eyeWide"]
LIPS = ["Dimple", "Frown", "LowerDown", "Press", "Smile", "Stretch", "UpperUp"]
SIDED = [*BROWS, *EYES, *(f"mouth{name}" for name in LIPS), "noseSneer"]
ROUND = ["mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"]
WHOLE = ["jawForward", "jawOpen", *ROUND]
ACTIONS = [*(f"{name}_{side}" for name in SIDED for side in "LR"), *WHOLE]
STEP = 0.2
PX_PER_UNIT = 3.1


def toy_landmarks():
    """The 68 points of the toy at rest, x to the image's right and y up."""

    def ring(count, x, y, width, height, start=180.0, sweep=-360.0):
        angles = np.radians(start + sweep * np.arange(count) / count)
        return [(x + width * np.cos(a), y + height * np.sin(a)) for a in angles]

    jaw = [(7 * np.cos(a), 2 + 9 * np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 17)]
    brows = [(x, 5 - 0.05 * (abs(x) - 3) ** 2) for x in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)]
    nose = [(0, 3.5), (0, 2.5), (0, 1.5), (0, 0.5)]
    nose += [(x, -1 - 0.2 * (x == 0)) for x in (-1.2, -0.6, 0, 0.6, 1.2)]
    eyes = ring(6, -3, 3, 1.4, 0.6) + ring(6, 3, 3, 1.4, 0.6)
    outer = ring(12, 0, -3.5, 2.6, 1.0)
    inner = [(-2, -3.5), (-1, -3.4), (0, -3.4), (1, -3.4), (2, -3.5)]
    inner += [(1, -3.6), (0, -3.6), (-1, -3.6)]
    return np.array(jaw + brows + nose + eyes + outer + inner)


def write_face_model(path, drop=()):
    """Write the toy in ICT-FaceKit's arrays."""
    xs, ys = np.arange(-8, 8.01, STEP), np.arange(-9, 11.51, STEP)
    x, y = (grid.ravel() for grid in np.meshgrid(xs, ys))
    grid = np.arange(len(x)).reshape(len(ys), len(xs))
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], -1).reshape(
        -1, 4
    )
    marks = toy_landmarks()
    # The landmarks are vertices of their own, beside the grid.
    x, y = np.concatenate([x, marks[:, 0]]), np.concatenate([y, marks[:, 1]])
    z = 6 * np.cos(x / 8) * np.cos(y / 14)
    arrays = {
        "neutral": np.stack([x, y, z], 1).astype(np.float32),
        "quads": quads.astype(np.int32),
        "quad_material": np.zeros(len(quads), np.uint8),
        "material_names": np.array(["M_Face"]),
        "expression_names": np.array(ACTIONS),
        "expression_deltas": np.stack([_delta(name, x, y) for name in ACTIONS]).astype(np.float16),
        "vertex_indices_json": json.dumps(
            {"idx_to_landmark_verts": list(range(len(x) - 68, len(x)))}
        ),
    }
    np.savez(path, **{key: value for key, value in arrays.items() if key not in drop})


def _delta(name, x, y):
    delta = np.zeros((len(x), 3))
    side = {"L": x > 0, "R": x < 0}.get(name.partition("_")[2], np.ones(len(x), bool))
    if name == "jawOpen":
        delta[:, 1] = -3 * ((y < -3.5) & (np.abs(x) < 5))
    elif name.startswith("eyeBlink"):
        delta[:, 1] = -1.0 * (side & (y > 3.01) & (y < 4) & (np.abs(np.abs(x) - 3) < 1.3))
    elif name.startswith("mouthSmile"):
        near = side * np.exp(-((np.abs(x) - 2.4) ** 2 + (y + 3.5) ** 2))
        delta[:, 0], delta[:, 1] = np.sign(x) * near, near
    elif name.startswith("brow"):
        size = {"browDown": -0.5}.get(name.partition("_")[0], 0.8)
        delta[:, 1] = size * side * np.exp(-((np.abs(x) - 3) ** 2) / 4 - (y - 5) ** 2)
    elif name.startswith("mouth"):
        delta[:, 1] = 0.3 * side * np.exp(-(x**2) / 4 - (y + 4) ** 2)
    return delta


def toy_points(turn=0.0, roll=0.0, scale=PX_PER_UNIT, open_px=0.0):
    """Landmarks ``(68, 2)`` [px] of a toy on a 64-px canvas, seen by a turned camera."""
    marks = toy_landmarks()
    x, y = marks.T
    z = 6 * np.cos(x / 8) * np.cos(y / 14)
    x = x * np.cos(turn) + z * np.sin(turn)
    flat = np.stack([x, -y], 1) * scale
    flat[[4, 5, 6, 7, 8, 9, 10, 11, 12], 1] += open_px
    flat[[55, 56, 57, 58, 59, 65, 66, 67], 1] += open_px
    cos, sin = np.cos(roll), np.sin(roll)
    return (flat @ np.array([[cos, sin], [-sin, cos]]) + (31.5, 33)).astype(np.float32)


def draw_toy(points, skin=150, tint=0):
    """A canvas that shows the landmarks as a face of flat shapes."""
    canvas = np.full((64, 64), 40 + tint, np.uint8)
    outline = np.concatenate([points[:17], points[26:16:-1] - (0, 6)])
    cv2.fillPoly(canvas, [outline.astype(np.int32)], skin)
    for rows, value in ((range(36, 42), 60), (range(42, 48), 60), (range(48, 60), 100)):
        cv2.fillPoly(canvas, [points[list(rows)].astype(np.int32)], value)
    if points[66, 1] - points[62, 1] > 2:
        cv2.fillPoly(canvas, [points[60:68].astype(np.int32)], 20)
    return canvas


MEDIAPIPE_NAMES = np.array(
    ["_neutral", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp", "eyeBlinkLeft"]
    + [f"filler{i}" for i in range(46)]
)


def toy_collection(per_label=4, seed=0, labels=tuple(range(7)), people=None):
    """Stills and landmarks: every label by as many people; the happy smile, the surprised gape."""
    rng = np.random.default_rng(seed)
    images, given, points, scores = [], [], [], []
    for label in labels:
        for _ in range(per_label):
            open_px = 8.0 if SEVEN[label] == "surprise" else 0.0
            marks = toy_points(scale=rng.uniform(2.8, 3.3), open_px=open_px)
            score = np.zeros(52, np.float32)
            score[1] = open_px / 10
            score[2:4] = 0.8 * (SEVEN[label] == "happiness")
            images.append(draw_toy(marks, int(rng.integers(90, 200)), int(rng.integers(0, 40))))
            given.append(label)
            points.append(marks)
            scores.append(score)
    count = len(given)
    names = np.array([f"person-{i}" for i in range(count)]) if people is None else people
    stills = Stills(np.stack(images), np.array(given, np.int64), names)
    landmarks = Landmarks(
        np.stack(points), np.stack(scores), MEDIAPIPE_NAMES, digest_of(stills.images)
    )
    return stills, landmarks
