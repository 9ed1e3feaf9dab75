"""Which annotation file does each input of one call get?"""

from collections.abc import Sequence
from pathlib import Path

from core.annotations.formats import ENDINGS, Format, write_annotations
from core.csv_folder import longest_name, plan_names
from core.errors import OutputError
from core.prediction import Prediction


class AnnotationFolder:
    """The annotation files of one call: one per input, with all of its faces.

    Args:
        folder: Where they go; made if it is missing.
        videos: The inputs, as they were named.
        kind: Which program they are for.

    Raises:
        OutputError: A file would overwrite an input.
        OSError: The folder cannot be made.
    """

    def __init__(self, folder: Path, videos: Sequence[str], kind: Format) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kind = kind
        names = plan_names(videos, longest_name(folder))
        self._paths = [folder / f"{name}{ENDINGS[kind]}" for name in names]
        for video in videos:
            if self.holds(Path(video)):
                raise OutputError(
                    f"--annotations {folder} would overwrite the input {video}; name another folder"
                )

    def write(self, number: int, predictions: Sequence[Prediction]) -> None:
        """Write the file of input ``number``, counted from 0, whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        write_annotations(self._paths[number], predictions, self._kind)

    def holds(self, path: Path) -> bool:
        """Whether a file of that name may be written here."""
        return path.resolve() in {planned.resolve() for planned in self._paths}
