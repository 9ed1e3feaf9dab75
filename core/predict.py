"""``python -m core.predict VIDEO …``: one JSON object per input on standard output."""

import argparse
import logging
import math
import sys
from pathlib import Path

from core.annotations import ENDINGS
from core.checkpoint import SHIPPED
from core.delivery import Delivery, say
from core.errors import A3LignError
from core.prediction import Prediction, Progress
from core.predictor import Predictor, load_predictor
from core.result_lines import portable_name, portable_text, to_line
from core.span import Span

logger = logging.getLogger("core.predict")

INTERRUPTED = 130  # what shells report for Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when every input was good and every result was delivered, 1 when not, 2 for bad
        arguments, 130 after Ctrl-C.
    """
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        span = Span(options.start, options.end)
        delivery = Delivery(
            options.videos,
            options.out,
            options.csv_dir,
            with_face_id=options.all_faces,
            annotations=options.annotations and (options.annotations, options.annotation_format),
        )
        predictor = load_predictor(
            options.checkpoint,
            device=options.device,
            detector=options.detector,
            backbone_weights=options.backbone_weights,
            sandbox=options.sandbox,
        )
        with delivery:
            all_good = _predict_all(predictor, options, span, delivery)
    except (A3LignError, OSError) as error:
        say(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        say("interrupted; every line written so far is complete")
        return INTERRUPTED
    return 0 if all_good and delivery.complete else 1


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m core.predict",
        description="Recognise the perceived facial expression in videos.",
    )
    parser.add_argument(
        "videos", nargs="+", metavar="VIDEO", help="video file, gif, or folder of frame images"
    )
    parser.add_argument(
        "--checkpoint", default=SHIPPED, help="folder or hub id (default: the shipped one)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--detector",
        default="auto",
        choices=("auto", "scrfd", "yunet", "haar", "center"),
        help="face detector (default: the best one that needs no download)",
    )
    parser.add_argument(
        "--backbone-weights", default="openai", help="file with OpenAI's CLIP weights"
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="decode in a process of bounded memory and time, for files of strangers",
    )
    parser.add_argument("--all-faces", action="store_true", help="one line per face")
    parser.add_argument(
        "--start", type=float, default=0.0, metavar="S", help="look from this second on"
    )
    parser.add_argument(
        "--end", type=float, default=math.inf, metavar="S", help="look up to this second"
    )
    parser.add_argument("--out", type=Path, help="also write the lines to this file")
    parser.add_argument("--csv-dir", type=Path, help="write one CSV of curves per input here")
    parser.add_argument(
        "--annotations", type=Path, metavar="DIR", help="write one annotation file per input here"
    )
    parser.add_argument(
        "--annotation-format",
        default="eaf",
        choices=tuple(ENDINGS),
        help="eaf for ELAN (default), textgrid for Praat, boris for BORIS",
    )
    return parser


def _predict_all(
    predictor: Predictor, options: argparse.Namespace, span: Span, delivery: Delivery
) -> bool:
    """Predict the inputs in order; returns whether all were good."""
    all_good = True
    for number, video in enumerate(options.videos):
        bar = _ProgressLine(f"[{number + 1}/{len(options.videos)}] {video}")
        try:
            predictions = predictor.predict_faces(video, progress=bar.show, span=span)
            if not options.all_faces:
                predictions = predictions[:1]
            lines = [_line(video, prediction, options.all_faces) for prediction in predictions]
            for prediction in predictions:
                delivery.send_curves(number, prediction)
            delivery.send_annotations(number, predictions)
        # Whatever one input sets off (a library's own error, too little memory), others go on.
        except Exception as error:
            logger.debug("%s failed", video, exc_info=True)
            all_good = False
            lines = [to_line({"video": portable_name(video), "error": describe(error)})]
        finally:
            bar.close()
        for line in lines:
            delivery.send(line)
        if not delivery.is_wanted:
            break
    return all_good


def _line(video: str, prediction: Prediction, with_face_id: bool) -> str:
    record = prediction.to_json(with_face_id=with_face_id)
    return to_line(record | {"video": portable_name(video)})


def describe(error: Exception) -> dict[str, str]:
    """Return an error as it stands in a record: its type, and one sentence."""
    kind = type(error)
    is_plain = isinstance(error, A3LignError) or kind.__module__ == "builtins"
    name = kind.__name__ if is_plain else f"{kind.__module__}.{kind.__name__}"
    if isinstance(error, A3LignError | OSError):
        message = str(error)
    elif isinstance(error, MemoryError):
        message = "the memory does not suffice for this input; use a smaller or shorter one"
    else:
        reason = " ".join(str(error).split())
        message = f"this input could not be analysed ({name}: {reason:.300}); try another format"
    return {"type": name, "message": portable_text(message)}


class _ProgressLine:
    """One line on a terminal's standard error; silent when it is redirected."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.visible = sys.stderr is not None and sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        if self.visible:
            print(f"\r{self.title} {progress.done:4.0%}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.visible:
            print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
