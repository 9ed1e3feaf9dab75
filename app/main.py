"""Start the app: ``python app/main.py``."""

import argparse
import contextlib
import errno
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

# A script sees its own folder only; this is the one place that adds the repository.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.door.private_root import private_root
from app.page.allocator import share_memory
from app.page.departure import close_server, leave, listen_for_the_end
from app.page.launch import is_private, keep_private, launch_options

DETECTORS = ("auto", "scrfd", "yunet", "haar", "center")


# The largest clip that comes in takes 64 MB, and its playable copy some.
LEAST_MB = 80


def megabytes(text: str) -> int:
    """Read how much disk something may take [MB]; at least one clip must fit.

    Raises:
        argparse.ArgumentTypeError: It is no such number.
    """
    if not text.isdecimal() or int(text) < LEAST_MB:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of MB from {LEAST_MB} on, as a clip has up to 64; got {text!r}"
        )
    return int(text)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python app/main.py", description="Perceived facial expression in the browser."
    )
    parser.add_argument("--checkpoint", help="folder or Hugging Face id (default: the shipped one)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--detector", default="auto", choices=DETECTORS, help="finds the faces")
    parser.add_argument(
        "--checkpoints",
        nargs="+",
        default=[],
        metavar="PLACE",
        help="models that visitors can choose: folders (of folders), Hugging Face ids, or "
        "zero-shot:ViT-B-32 (also B-16, L-14) for OpenAI's CLIP without training",
    )
    parser.add_argument(
        "--backbone-weights", default="openai", metavar="FILE", help="OpenAI's weights, if on disk"
    )
    parser.add_argument(
        "--hub",
        action=argparse.BooleanOptionalAction,
        help="let visitors name Hugging Face ids (default: if only this machine can visit)",
    )
    parser.add_argument("--host", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--name",
        nargs="+",
        default=[],
        metavar="NAME",
        help="names that visitors reach the app by through a reverse proxy",
    )
    parser.add_argument(
        "--visitor-mb",
        type=megabytes,
        default=320,
        metavar="MB",
        help="disk that one visitor's clips may take (default: %(default)s)",
    )
    parser.add_argument(
        "--visitors-mb",
        type=megabytes,
        default=4000,
        metavar="MB",
        help="disk that all visitors' clips may take together (default: %(default)s)",
    )
    parser.add_argument("--port", type=int, help="port (default: 7860)")
    return parser.parse_args(arguments)


def serve(arguments: argparse.Namespace) -> int:
    """Load the model, serve the page until it is stopped, return the exit status."""
    keep_private()
    share_memory()
    # Gradio and torch read the environment when they are imported, so they come after.
    from starlette.middleware import Middleware

    from app.door.gate import gate, stand_outermost
    from app.door.patience import PatientProtocol
    from app.models.shelf import ModelShelf, find_sources, sharing_opener
    from app.models.zero_gpu import BorrowingPredictor, is_zero_gpu
    from app.page.files import PROGRAM_FILES
    from app.page.head import PageHead
    from app.ui import build_app
    from app.visit.quota import Room
    from core.checkpoint import SHIPPED
    from core.errors import A3LignError
    from core.predictor import load_predictor

    listen = launch_options(host=arguments.host, port=arguments.port)
    if problem := listening_problem(listen["server_name"], listen["server_port"]):
        return refuse(problem)
    try:
        predictor = load_predictor(
            arguments.checkpoint or SHIPPED,
            device="cpu" if is_zero_gpu() else arguments.device,
            detector=arguments.detector,
            backbone_weights=arguments.backbone_weights,
            sandbox=True,
        )
        wrap = BorrowingPredictor if is_zero_gpu() else None
        shelf = ModelShelf(
            wrap(predictor) if wrap else predictor,
            find_sources(arguments.checkpoints, taken=predictor.checkpoint_name),
            opener=sharing_opener(
                predictor, wrap=wrap, backbone_weights=arguments.backbone_weights
            ),
            hub=is_private(listen["server_name"]) if arguments.hub is None else arguments.hub,
        )
    except A3LignError as error:
        return refuse(str(error))
    room = Room(arguments.visitor_mb * 1_000_000, arguments.visitors_mb * 1_000_000)
    app = build_app(shelf.own.predictor, shelf=shelf, room=room)
    options = launch_options(
        host=arguments.host,
        port=arguments.port,
        routes=app.routes,
        middleware=[
            *gate(
                host=listen["server_name"],
                fronts=arguments.name,
                limits=app.body_limits,
                public=[PROGRAM_FILES],
                departures=app.departures,
            ),
            Middleware(PageHead),
        ],
        lifespan=stand_outermost,
    )
    app.store.start()
    try:
        app.blocks.launch(**options, **app.look, prevent_thread_lock=True)
        app.blocks.server.config.http_protocol_class = PatientProtocol
        app.warm_up()
        asked = listen_for_the_end()
        print(f"Open {app.blocks.local_url} in a browser; stop with Ctrl+C.", flush=True)
        asked.wait()
    finally:
        # First the visits: their work stops at its next frame, while the server closes.
        app.store.stop()
        if app.blocks.server:
            close_server(app.blocks.server)
    return 0


def listening_problem(host: str, port: int) -> str | None:
    """Return why no server could listen there; asked first, because loading takes longer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} is in use; choose another with --port"
            return f"cannot listen on {host}, port {port} ({error.strerror}); choose others"
    return None


def refuse(sentence: str) -> int:
    """Say on standard error why the app does not start."""
    print(sentence, file=sys.stderr)
    return 2


def main() -> int:
    """Run the command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    # One line per request would bury what matters.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Containers and Spaces stop a program this way; visitors' files go then, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = parse_arguments()
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(private_root())
        except OSError as error:
            return refuse(
                f"visitors' files have no place ({error}); choose one with GRADIO_TEMP_DIR"
            )
        return serve(arguments)


if __name__ == "__main__":
    leave(main())
