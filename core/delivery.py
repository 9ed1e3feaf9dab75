"""Where do the results of one call go, and what if a place takes no more?"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from core.annotations import Format
from core.annotations.folder import AnnotationFolder
from core.csv_folder import CsvFolder
from core.errors import OutputError
from core.prediction import Prediction
from core.result_lines import LineFile, finish_first, refuse_input_as_output, write_standard_output


class Delivery:
    """Standard output, a file of lines and a folder of curves; each may fail without the others.

    To be used in a ``with`` statement: what can be refused is refused before, nothing is written.

    Args:
        videos: The inputs, as they were named.
        out: File that gets the lines, too.
        csv_dir: Folder that gets a table per input.
        with_face_id: Whether there are several results per input.
        annotations: Folder that gets an annotation file per input, and for which program.

    Attributes:
        complete: Whether every place took everything so far.

    Raises:
        OutputError: A result would overwrite an input or another result.
        OSError: The folder cannot be made.
    """

    def __init__(
        self,
        videos: Sequence[str],
        out: Path | None,
        csv_dir: Path | None,
        *,
        with_face_id: bool,
        annotations: tuple[Path, Format] | None = None,
    ) -> None:
        if out:
            refuse_input_as_output(out, videos)
        self._out = out
        self._file: LineFile | None = None
        self._csv = CsvFolder(csv_dir, videos, with_face_id=with_face_id) if csv_dir else None
        if out and self._csv and self._csv.holds(out):
            raise OutputError(f"--out {out} is a table of --csv-dir as well; name another file")
        self._annotations = (
            AnnotationFolder(annotations[0], videos, annotations[1]) if annotations else None
        )
        if out and self._annotations and self._annotations.holds(out):
            raise OutputError(f"--out {out} is a file of --annotations as well; name another file")
        self._prints = True
        self._told: set[str] = set()
        self.complete = True

    def __enter__(self) -> Self:
        if self._out:
            self._file = LineFile(self._out)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    @property
    def is_wanted(self) -> bool:
        """Whether any place still takes results."""
        places = (self._file, self._csv, self._annotations)
        return self._prints or any(place is not None for place in places)

    def send(self, line: str) -> None:
        """Give a line to whoever still takes lines; Ctrl-C waits until it is whole."""
        with finish_first():
            self._print(line)
            self._append(line)

    def send_curves(self, number: int, prediction: Prediction) -> None:
        """Write the table of input ``number``, counted from 0, where tables are wanted."""
        if not self._csv:
            return
        try:
            self._csv.write(number, prediction)
        except OSError as error:
            self._tell_once("a table", error)

    def send_annotations(self, number: int, predictions: Sequence[Prediction]) -> None:
        """Write the annotations of input ``number``, counted from 0, where they are wanted."""
        if not self._annotations:
            return
        try:
            self._annotations.write(number, predictions)
        except OSError as error:
            self._tell_once("an annotation file", error)

    def _tell_once(self, what: str, error: OSError) -> None:
        self.complete = False
        if what not in self._told:
            say(f"error: {what} cannot be written ({error}); the analysis goes on")
        self._told.add(what)

    def _print(self, line: str) -> None:
        if not self._prints:
            return
        try:
            write_standard_output(line)
        except OSError as error:
            self._prints = self.complete = False
            if not isinstance(error, BrokenPipeError):  # a reader that left wants no more
                say(f"error: standard output takes no more ({error.strerror})")

    def _append(self, line: str) -> None:
        if not self._file:
            return
        try:
            self._file.write(line)
        except OSError as error:
            self.complete = False
            self._file.close()
            self._file = None
            say(
                f"error: {self._out} takes no more ({error.strerror}); "
                "the results go on to standard output"
            )


def say(text: str) -> None:
    """Print a sentence to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
