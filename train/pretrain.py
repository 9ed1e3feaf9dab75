"""``train pretrain``: make FaceCLIP from still faces."""

import argparse
import json
import logging
from pathlib import Path

import numpy as np

from core.config import PreprocessConfig
from core.faces.detectors import HaarDetector
from core.model.backbones import save_face_clip
from core.model.faceclip import DEFAULT_FACE_CLIP
from core.settings import dump_settings
from train.contrastive import PretrainConfig, Pretraining
from train.naming import score_stills
from train.stills.canvas import FACE_PX
from train.stills.mixture import drawing_weights, join, split_by_class, split_by_person
from train.stills.sources import Stills, read_fer2013, read_london, read_muxspace

logger = logging.getLogger(__name__)

# Shares chosen before training: muxspace's labels are noisy and mostly neutral or happy.
VALIDATION_SHARE = 0.1
LONDON_HELD_OUT = 5
EXTRA_SHARE = 0.33


def face_preprocess(image_size: int) -> PreprocessConfig:
    """How FaceCLIP sees a face square in prediction; ``center_view`` does the same to canvases."""
    return PreprocessConfig(image_size=image_size, detail_px=FACE_PX, grey=True, standardise=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--fer2013", type=Path, required=True, help="training npz of FER2013")
    parser.add_argument("--test", type=Path, help="test npz of FER2013, scored once at the end")
    parser.add_argument("--muxspace", type=Path, help="tar of the muxspace faces")
    parser.add_argument("--london", type=Path, help="folder of the London set")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    for name, kind in (("epochs", int), ("learning-rate", float), ("seed", int)):
        default = getattr(PretrainConfig(), name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"default {default}")


def run(arguments: argparse.Namespace) -> None:
    """Train, keep the averaged weights as a FaceCLIP folder, and write what they score."""
    config = PretrainConfig(
        epochs=arguments.epochs, learning_rate=arguments.learning_rate, seed=arguments.seed
    )
    main, validation = split_by_class(read_fer2013(arguments.fer2013), VALIDATION_SHARE, seed=0)
    extras = _read_extras(arguments)
    weights = drawing_weights(main, extras, class_power=config.class_power, extra_share=EXTRA_SHARE)
    run_folder: Path = arguments.out
    training = Pretraining(DEFAULT_FACE_CLIP, config, join([main, *extras]), weights, run_folder)
    if arguments.resume and training.resume():
        logger.info("continuing after epoch %d", training.epoch)
    run_folder.mkdir(parents=True, exist_ok=True)
    (run_folder / "config.json").write_text(json.dumps(dump_settings(config), indent=2) + "\n")
    training.run(validation)
    _write_stills(run_folder / "stills.npz", main, validation)
    size = training.size
    clip = training.average.model
    save_face_clip(run_folder / "backbone", clip, DEFAULT_FACE_CLIP, face_preprocess(size))
    metrics = {"validation": score_stills(clip, validation, size)}
    if arguments.test:
        metrics["test"] = score_stills(clip, read_fer2013(arguments.test), size)
    (run_folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    logger.info("%s", metrics)


def _write_stills(path: Path, main: Stills, validation: Stills) -> None:
    """Keep the split for ``fit``, which takes stills as motionless clips of one frame."""
    both = join([main, validation])
    parts = np.repeat(["train", "validation"], [len(main), len(validation)])
    np.savez(path, images=both.images, labels=both.labels, people=both.people, parts=parts)


def _read_extras(arguments: argparse.Namespace) -> list[Stills]:
    detector = HaarDetector()
    extras = []
    if arguments.muxspace:
        extras.append(read_muxspace(arguments.muxspace, detector))
    if arguments.london:
        extras.append(split_by_person(read_london(arguments.london, detector), LONDON_HELD_OUT)[0])
    return extras
