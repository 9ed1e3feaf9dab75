"""ELAN annotation files (eaf)."""

from collections.abc import Sequence
from pathlib import Path

from core.annotations.marks import Mark, mark_tiers
from core.annotations.tiers import make_tiers
from core.prediction import Prediction


def write_eaf(path: Path, predictions: Sequence[Prediction], marks: Sequence[Mark] = ()) -> None:
    """Write one tier per kind of annotation; the video is linked by its name, beside the file.

    Args:
        path: A file that does not exist yet.
        predictions: One per face, of one video.
        marks: A person's own, in order of time.

    Raises:
        OSError: It cannot be written.
    """
    from pympi.Elan import Eaf  # only whoever annotates needs it

    document = Eaf(author="A3lign-DFER")
    document.remove_tier("default")
    name = Path(predictions[0].video).name
    # ELAN knows its media by type; what it does not know it asks for when the file is opened.
    document.add_linked_file(name, relpath=f"./{name}", mimetype="video/mp4")
    for tier in [*make_tiers(predictions), *mark_tiers(marks)]:
        document.add_tier(tier.name)
        for span in tier.spans:
            start_ms, end_ms = round(span.start_s * 1000), round(span.end_s * 1000)
            document.add_annotation(tier.name, start_ms, end_ms, span.text)
    document.to_file(path)
