"""How does a clip borrow a GPU on a Hugging Face ZeroGPU Space?"""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

import torch

from core.faces.detectors import FaceDetector, open_detector
from core.prediction import Prediction, Progress, ProgressCallback
from core.predictor import Predictor
from core.recognizer import Recognizer
from core.span import WHOLE, Span

# The longest clip takes less; a shorter claim waits less in the Space's queue.
CLAIM_S = 60
BORROWED = torch.device("cuda")


def is_zero_gpu(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this Space lends GPUs call by call, and the package that borrows them is there."""
    lends = environment.get("SPACES_ZERO_GPU", "").lower() == "true"
    return lends and importlib.util.find_spec("spaces") is not None


class BorrowingPredictor(Predictor):
    """Looks at clips on a borrowed GPU and at live frames on the processor.

    A borrowed GPU exists only inside a forked process and for one call. Claiming one for every
    live frame would use a visitor's daily share up within a minute.

    Args:
        predictor: On the processor.
    """

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(
            predictor.checkpoint,
            predictor.recognizer,
            predictor.detector,
            predictor.limits,
            predictor.opener,
        )
        import spaces  # only ZeroGPU Spaces carry this package

        self._borrow = spaces.GPU(duration=CLAIM_S)(self._predict_borrowed)

    def predict_faces(
        self,
        video: str | Path,
        *,
        progress: ProgressCallback | None = None,
        span: Span = WHOLE,
    ) -> list[Prediction]:
        """See ``Predictor``; the other process cannot report progress in between."""
        if progress is not None:
            progress(Progress("read", 0.0, 0.0))
        faces: list[Prediction] = self._borrow(str(video), span)
        if progress is not None:
            progress(Progress("align", 1.0, faces[0].duration_s))
        return faces

    def with_detector(self, detector: FaceDetector) -> "BorrowingPredictor":
        """See ``Predictor``."""
        return BorrowingPredictor(super().with_detector(detector))

    def _predict_borrowed(self, video: str, span: Span) -> list[Prediction]:
        # This process is split off already, and ended if it takes too long: it decodes itself.
        # Everything that holds a lock is made anew: another thread may have held it at the fork.
        recognizer = Recognizer(self.checkpoint, BORROWED)
        detector = open_detector(self.detector.name)
        borrowed = Predictor(self.checkpoint, recognizer, detector, self.limits)
        return borrowed.predict_faces(video, span=span)
