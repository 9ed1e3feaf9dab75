"""Landmarks come from whichever program is there, in the crop's own coordinates."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from core.cues.landmarker import InsightFaceLandmarker, landmarks_of, open_landmarker
from core.cues.mesh import POINTS_OF_68, MediaPipeLandmarker
from core.errors import CueError


@pytest.fixture
def nothing_there(monkeypatch, tmp_path):
    monkeypatch.delenv("A3LIGN_LANDMARKER", raising=False)
    monkeypatch.setenv("INSIGHTFACE_HOME", str(tmp_path / "insightface"))
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    return tmp_path


class SpotFinder:
    """Takes a single bright pixel for the whole face."""

    name = "spot"

    def find(self, image):
        if not image.any():
            return None
        y, x = np.unravel_index(image[..., 0].argmax(), image.shape[:2])
        return np.full((68, 2), (x, y), np.float32)

    def close(self):
        pass


@pytest.mark.parametrize(
    ("pixel", "share"), [((0, 0), (-0.475, -0.475)), ((19, 10), (0.475, 0.025))]
)
def test_points_are_shares_of_the_crop(pixel, share):
    square = np.zeros((20, 20, 3), np.uint8)
    square[pixel[1], pixel[0]] = 255
    assert landmarks_of(square, SpotFinder())[5] == pytest.approx(share)


def test_without_a_face_there_are_no_numbers():
    points = landmarks_of(np.zeros((20, 20, 3), np.uint8), SpotFinder())
    assert points.shape == (68, 2)
    assert np.isnan(points).all()


def test_a_tight_crop_is_given_dark_surroundings():
    seen = []
    finder = SpotFinder()
    finder.find = lambda image: seen.append(image)
    landmarks_of(np.full((20, 20, 3), 9, np.uint8), finder)
    assert seen[0].shape == (30, 30, 3)
    assert not seen[0][:5].any()
    assert (seen[0][5:25, 5:25] == 9).all()


def test_without_any_landmarker_both_ways_out_are_named(nothing_there):
    with pytest.raises(CueError, match=r"--landmarker .*face_landmarker\.task.*insightface"):
        open_landmarker()


def test_a_task_file_without_mediapipe_names_the_requirements(nothing_there):
    task = nothing_there / "face.task"
    task.touch()
    with pytest.raises(CueError, match=r"requirements-train\.txt"):
        open_landmarker(task)


def test_the_variable_names_the_task_file(nothing_there, monkeypatch):
    monkeypatch.setenv("A3LIGN_LANDMARKER", str(nothing_there / "elsewhere.task"))
    with pytest.raises(CueError, match=r"elsewhere\.task is missing"):
        open_landmarker()


def fake_mediapipe(monkeypatch, faces):
    """A MediaPipe that finds the given faces and records the pictures it was shown."""
    shown = []

    class Landmarker:
        def detect(self, picture):
            shown.append(picture)
            shapes = [SimpleNamespace(score=i / 52, category_name=f"a{i}") for i in range(52)]
            return SimpleNamespace(face_landmarks=faces, face_blendshapes=[shapes] * len(faces))

        def close(self):
            shown.append("closed")

    module = ModuleType("mediapipe")
    module.Image = lambda data, **_: data
    module.ImageFormat = SimpleNamespace(SRGB="rgb")
    tasks, python, vision = (ModuleType(name) for name in ("tasks", "python", "vision"))
    python.BaseOptions = lambda model_asset_path: model_asset_path
    vision.FaceLandmarkerOptions = lambda **options: options
    vision.FaceLandmarker = SimpleNamespace(create_from_options=lambda _: Landmarker())
    names = ["mediapipe", "mediapipe.tasks", "mediapipe.tasks.python"]
    for name, fake in zip(names, (module, tasks, python), strict=True):
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python.vision", vision)
    return shown


@pytest.fixture
def mesh():
    """One mesh of 478 points: point i lies at (i / 1000, 0.5)."""
    return [SimpleNamespace(x=i / 1000, y=0.5) for i in range(478)]


def test_mediapipes_mesh_becomes_68_pixels(monkeypatch, tmp_path, mesh):
    shown = fake_mediapipe(monkeypatch, [mesh])
    (tmp_path / "a.task").write_bytes(b"weights")
    with MediaPipeLandmarker(tmp_path / "a.task") as landmarker:
        face = landmarker.find_mesh(np.zeros((64, 80, 3), np.uint8))
    assert shown[0].shape == (256, 320, 3)
    assert shown[1] == "closed"
    assert face.points[30] == pytest.approx((POINTS_OF_68[30] / 1000 * 80 - 0.5, 31.5))
    assert (face.actions[3], face.scores[3]) == ("a3", np.float32(3 / 52))


def test_other_weights_are_another_landmarker(monkeypatch, tmp_path):
    fake_mediapipe(monkeypatch, [])
    names = []
    for content in (b"one", b"two"):
        (tmp_path / "a.task").write_bytes(content)
        landmarker = open_landmarker(tmp_path / "a.task")
        assert landmarker.find(np.zeros((64, 64, 3), np.uint8)) is None
        names.append(landmarker.name)
    assert names[0] != names[1]


def test_large_pictures_are_not_enlarged(monkeypatch, tmp_path, mesh):
    shown = fake_mediapipe(monkeypatch, [mesh])
    (tmp_path / "a.task").touch()
    MediaPipeLandmarker(tmp_path / "a.task").find(np.zeros((300, 400, 3), np.uint8))
    assert shown[0].shape == (300, 400, 3)


def test_a_pack_with_68_points_is_used_where_no_task_is_named(nothing_there, monkeypatch):
    made = []

    class Analysis:
        def __init__(self, name, root, allowed_modules):
            made.append((name, root, allowed_modules))

        def prepare(self, ctx_id, det_size):
            pass

        def get(self, bgr):
            assert tuple(bgr[0, 0]) == (3, 2, 1)
            points = np.full((68, 3), 127.5)
            return [
                SimpleNamespace(det_score=score, landmark_3d_68=points * share)
                for score, share in ((0.5, 0), (0.9, 1), (0.7, 0))
            ]

    app = ModuleType("insightface.app")
    app.FaceAnalysis = Analysis
    monkeypatch.setitem(sys.modules, "insightface", ModuleType("insightface"))
    monkeypatch.setitem(sys.modules, "insightface.app", app)
    pack = nothing_there / "insightface" / "models" / "buffalo_m"
    pack.mkdir(parents=True)
    (pack / "1k3d68.onnx").touch()
    landmarker = open_landmarker()
    assert landmarker.name == "insightface-buffalo_m"
    modules = ["detection", "landmark_3d_68"]
    assert made == [("buffalo_m", str(nothing_there / "insightface"), modules)]
    image = np.full((64, 64, 3), (1, 2, 3), np.uint8)
    assert landmarker.find(image) == pytest.approx(np.full((68, 2), 31.5))


def test_a_damaged_pack_is_named(nothing_there, monkeypatch):
    app = ModuleType("insightface.app")
    app.FaceAnalysis = lambda *_, **__: 1 / 0
    monkeypatch.setitem(sys.modules, "insightface", ModuleType("insightface"))
    monkeypatch.setitem(sys.modules, "insightface.app", app)
    with pytest.raises(CueError, match=r"pack .*buffalo_l could not be loaded"):
        InsightFaceLandmarker(nothing_there / "insightface" / "models" / "buffalo_l")


def test_there_are_68_different_points():
    assert len(POINTS_OF_68) == len(set(POINTS_OF_68)) == 68
