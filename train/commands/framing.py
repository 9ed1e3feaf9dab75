"""``train framing``: teach the small network that frames faces alike, whoever detects them."""

import argparse
import logging
from pathlib import Path

from safetensors.torch import save_file

from core.errors import ConfigError
from core.faces.framing.framer import FaceFramer
from train.commands.options.stills import add_stills
from train.commands.options.values import given_paths
from train.faceclip.stills.collections import COLLECTIONS, read_collection
from train.faceclip.teachers import read_teacher
from train.framing.faces import read_faces
from train.framing.naming import score_framed
from train.framing.training import FramingConfig, judge_points, train_points
from train.runtime.disk import replacing, sole_user
from train.runtime.run_folder import write_json

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_stills(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of network and figures")
    epochs = FramingConfig().epochs
    parser.add_argument("--epochs", type=int, default=epochs, help=f"default {epochs}")
    parser.add_argument("--seed", type=int, default=0, help="source of all randomness")
    parser.add_argument(
        "--judge-by",
        type=Path,
        metavar="FOLDER",
        help="FaceCLIP, or checkpoint on one, that names FER2013's validation faces with squares "
        "30 %% too tight to 30 %% too wide, as they are and framed",
    )


def run(arguments: argparse.Namespace) -> None:
    """Train, and write the network and what it is worth."""
    if arguments.judge_by and not arguments.fer2013:
        raise ConfigError("--judge-by names FER2013's validation faces: pass --fer2013, too")
    with sole_user(arguments.out):
        _run(arguments)


def _run(arguments: argparse.Namespace) -> None:
    out: Path = arguments.out
    cache = arguments.cache or out / "cache"
    given = given_paths(arguments, COLLECTIONS)
    faces, held_out = read_faces(given, cache, arguments.landmarker)
    config = FramingConfig(epochs=arguments.epochs, seed=arguments.seed)
    network = train_points(faces, held_out, config)
    with replacing(out / "model.safetensors") as partial:
        save_file(network.state_dict(), partial)
    figures: dict[str, object] = {"held_out": judge_points(network, held_out)}
    if arguments.judge_by:
        teacher = read_teacher(arguments.judge_by)
        stills = read_collection("fer2013", given["fer2013"], cache)
        _, validation = COLLECTIONS["fer2013"].split(stills)
        for kind, framer in (("found", None), ("framed", FaceFramer(network))):
            figures[kind] = score_framed(teacher.towers, validation, teacher.size, framer)
    write_json(out / "metrics.json", figures)
    logger.info("%s", figures)
