import hashlib
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from core.errors import DetectorError
from core.faces import detectors, yunet
from core.faces.agreement import FULL
from core.faces.box import FaceBox
from core.faces.detectors import (
    CenterCrop,
    HaarDetector,
    ScrfdDetector,
    YuNetDetector,
    open_detector,
)


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """No detector files anywhere."""
    monkeypatch.setenv("INSIGHTFACE_HOME", str(tmp_path))
    monkeypatch.delenv("A3LIGN_YUNET", raising=False)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)


def largest(boxes):
    return max(boxes, key=lambda box: box.side)


def test_haar_finds_the_portrait(portrait, portrait_face):
    box = largest(HaarDetector().detect(portrait))
    assert box.overlap(portrait_face) > 0.7


def test_boxes_are_in_pixels_of_the_frame_whatever_its_size(portrait):
    small = largest(HaarDetector().detect(portrait))
    big = np.repeat(np.repeat(portrait, 2, 0), 2, 1)
    assert largest(HaarDetector().detect(big)).overlap(small.scaled(2)) > 0.85


def test_haar_near_a_known_face_finds_the_box_of_the_whole_search(portrait):
    detector = HaarDetector()
    box = largest(detector.detect(portrait))
    moved = box.shifted(0.2 * box.side, -0.2 * box.side)
    assert largest(detector.detect_near(portrait, moved)).overlap(box) > 0.85
    assert detector.detect_near(portrait, box.shifted(3 * box.side, 0)) == []


@pytest.mark.parametrize("shape", [(1, 1), (10, 10_000), (10_000, 10), (240, 320)])
def test_haar_finds_nothing_where_nothing_is(shape):
    detector = HaarDetector()
    frame = np.full((*shape, 3), 90, np.uint8)
    assert detector.detect(frame) == []
    assert detector.detect_near(frame, FaceBox(0, 0, 5)) == []


def test_haar_glances_at_strangers_alone(portrait, portrait_face, monkeypatch):
    detector, asked = HaarDetector(), []
    monkeypatch.setattr(detector._agreement, "windows", lambda _, box: asked.append(box) or FULL)
    assert largest(detector.glance(portrait, [])).overlap(portrait_face) > 0.5
    assert any(not box.is_apart_from([portrait_face]) for box in asked)
    asked.clear()
    found = detector.glance(portrait, [portrait_face])
    assert all(box.is_apart_from([portrait_face]) for box in [*found, *asked])


def test_one_haar_detector_serves_several_threads(portrait):
    detector = HaarDetector()
    frames = [np.roll(portrait, 40 * shift, axis=1) for shift in range(4)]
    alone = [detector.detect(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detector.detect, frames * 3))
    assert together == alone * 3


def test_centre_crop_always_gives_one_square_in_the_middle():
    assert CenterCrop().detect(np.zeros((100, 200, 3), np.uint8)) == [FaceBox(60, 10, 80, 0.0)]


def test_an_unknown_name_is_an_error_that_lists_the_names():
    with pytest.raises(DetectorError, match=r"'mtcnn'.*scrfd, yunet, haar or center"):
        open_detector("mtcnn")


@pytest.mark.parametrize(("name", "kind"), [("haar", HaarDetector), ("center", CenterCrop)])
def test_named_detectors_open(name, kind):
    detector = open_detector(name)
    assert isinstance(detector, kind)
    assert detector.name == name


@pytest.mark.usefixtures("bare_machine")
def test_auto_takes_haar_on_a_bare_machine():
    assert open_detector().name == "haar"


@pytest.mark.usefixtures("bare_machine")
def test_auto_says_so_when_it_skips_a_broken_detector(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("A3LIGN_YUNET", str(tmp_path / "gone.onnx"))
    assert open_detector().name == "haar"
    assert "gone.onnx, which is not a file" in caplog.text


@pytest.mark.usefixtures("bare_machine")
def test_auto_falls_back_to_the_centre_with_a_warning(monkeypatch, caplog):
    def broken():
        raise DetectorError("no cascades")

    monkeypatch.setattr(detectors, "HaarDetector", broken)
    assert open_detector().name == "center"
    assert "centre of each frame" in caplog.text


@pytest.mark.usefixtures("bare_machine")
def test_the_smallest_scrfd_pack_on_disk_is_preferred(tmp_path):
    assert detectors.find_scrfd_pack() is None
    for pack in ("buffalo_l", "buffalo_s"):
        folder = tmp_path / "models" / pack
        folder.mkdir(parents=True)
        (folder / "det.onnx").touch()
    (tmp_path / "models" / "buffalo_sc").mkdir()  # a pack without a model does not count
    assert detectors.find_scrfd_pack() == "buffalo_s"


def fake_insightface(monkeypatch, analysis):
    module = types.ModuleType("insightface.app")
    module.FaceAnalysis = analysis
    monkeypatch.setitem(sys.modules, "insightface", types.ModuleType("insightface"))
    monkeypatch.setitem(sys.modules, "insightface.app", module)


def test_scrfd_loads_detection_alone_and_squares_its_boxes(monkeypatch):
    asked = {}

    class Analysis:
        def __init__(self, pack, allowed_modules):
            asked.update(pack=pack, modules=allowed_modules)

        def prepare(self, **_):
            pass

        def get(self, image):
            asked["blue"] = int(image[0, 0, 0])
            return [types.SimpleNamespace(bbox=np.array([10, 20, 90, 120]), det_score=0.8)]

    fake_insightface(monkeypatch, Analysis)
    frame = np.zeros((200, 200, 3), np.uint8)
    frame[..., 2] = 50
    found = ScrfdDetector("buffalo_s").detect(frame)
    assert asked == {"pack": "buffalo_s", "modules": ["detection"], "blue": 50}
    assert found == [FaceBox.from_tight_box(10, 20, 80, 100, score=0.8)]


def test_a_scrfd_pack_that_cannot_be_loaded_is_one_sentence(monkeypatch):
    def analysis(*_, **__):
        raise AssertionError

    fake_insightface(monkeypatch, analysis)
    with pytest.raises(DetectorError, match="'buffalo_sc' could not be loaded"):
        ScrfdDetector()


def test_an_unknown_yunet_file_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"something else")
    monkeypatch.setenv("A3LIGN_YUNET", str(path))
    with pytest.raises(DetectorError, match="is not the YuNet file we know"):
        open_detector("yunet")


@pytest.mark.usefixtures("bare_machine")
def test_a_yunet_that_cannot_be_fetched_is_one_sentence(monkeypatch):
    def offline(*_):
        raise OSError

    monkeypatch.setattr("huggingface_hub.hf_hub_download", offline)
    with pytest.raises(DetectorError, match=r"could not be fetched.*A3LIGN_YUNET"):
        open_detector("yunet")


def test_yunet_boxes_come_back_in_frame_pixels(monkeypatch, tmp_path):
    class Net:
        size = None

        def setInputSize(self, size):  # noqa: N802
            self.size = size

        def detect(self, image):
            assert image.shape[1::-1] == self.size
            # x, y, w, h, five landmarks, score
            return 1, np.array([[20, 30, 40, 50, *[0] * 10, 0.9]], np.float32)

    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"weights")
    monkeypatch.setattr("core.faces.yunet.YUNET_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *_: Net())
    detector = YuNetDetector(path)
    frame = np.zeros((480, 640, 3), np.uint8)
    (box,) = detector.detect(frame)
    expected = FaceBox.from_tight_box(40, 60, 80, 100, score=0.9)
    assert box.overlap(expected) == pytest.approx(1)
    (near,) = detector.detect_near(frame, FaceBox(300, 200, 100))
    # The region starts half a side to the left and above; in it the face is NEAR_PX wide.
    zoom = 100 / yunet.NEAR_PX
    expected = FaceBox.from_tight_box(20 * zoom, 30 * zoom, 40 * zoom, 50 * zoom, score=0.9)
    assert near.overlap(expected.shifted(250, 150)) == pytest.approx(1)
    assert detector.detect(np.zeros((10, 10_000, 3), np.uint8)) == []


@pytest.fixture
def known_yunet(monkeypatch, tmp_path):
    """A file that passes for YuNet's, its network left out."""
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"weights")
    monkeypatch.setattr("core.faces.yunet.YUNET_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *_: None)
    return path


@pytest.mark.usefixtures("bare_machine")
def test_one_command_fetches_yunet_and_auto_then_takes_it(monkeypatch, known_yunet, capsys):
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_: str(known_yunet))
    assert yunet.main() == 0
    assert capsys.readouterr().out.startswith(str(known_yunet))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(known_yunet))
    assert open_detector().name == "yunet"


@pytest.mark.usefixtures("bare_machine")
def test_the_command_refuses_another_file_and_says_when_there_is_no_hub(
    monkeypatch, tmp_path, capsys
):
    other = tmp_path / "other.onnx"
    other.write_bytes(b"something else")
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_: str(other))
    assert yunet.main() == 1
    assert "is not the YuNet file we know" in capsys.readouterr().err

    def offline(*_):
        raise OSError

    monkeypatch.setattr("huggingface_hub.hf_hub_download", offline)
    assert yunet.main() == 1
    assert "could not be fetched" in capsys.readouterr().err


def test_yunet_asks_the_cascades_how_a_head_is_tilted(
    monkeypatch, known_yunet, portrait, portrait_face
):
    tilted = cv2.warpAffine(
        portrait, cv2.getRotationMatrix2D(portrait_face.center, -60, 1.0), (512, 512)
    )
    detector = YuNetDetector(known_yunet)
    monkeypatch.setattr(detector, "detect_near", lambda _, around: [around])
    assert detector.level(portrait, portrait_face) == portrait_face
    assert abs(detector.level(tilted, portrait_face).roll - 60) <= 15
