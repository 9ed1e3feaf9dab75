"""What to tell people when nobody was found."""

from core.faces.detectors import FaceDetector, ThoroughDetector
from core.faces.haar import HaarDetector
from core.faces.region import smallest_face, smallest_tilted_face
from core.faces.yunet import FETCH_COMMAND


def no_face_sentence(
    name: str, detector: FaceDetector, *, frames: int, frame_size: tuple[int, int]
) -> str:
    """Say what was searched and what to try.

    Args:
        name: What the video is called.
        detector: What searched.
        frames: Frames that were searched.
        frame_size: Their width and height [px].
    """
    width, height = frame_size
    searched = f"{frames} frame{'s' if frames != 1 else ''} of {width}×{height} pixels"
    were = "were" if frames != 1 else "was"
    advice = "show a face from the front, lit and unhidden"
    if isinstance(detector, ThoroughDetector):
        upright, tilted = smallest_face(frame_size), smallest_tilted_face(frame_size)
        searched += (
            f", for upright faces of {upright:.0f} pixels and more and tilted ones of {tilted:.0f},"
        )
        advice += ", nearer if it is smaller, farther if it overfills the picture"
    if isinstance(detector, HaarDetector):
        advice += f", or fetch YuNet, a detector that finds more, by '{FETCH_COMMAND}'"
    return (
        f"no face was found in {name}: {searched} {were} searched with the {detector.name} "
        f"detector; {advice}"
    )
