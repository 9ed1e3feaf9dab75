"""``train animate``: make clips with onset, apex and offset from still faces."""

import argparse
import json
import logging
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import trange

from core.errors import ConfigError
from core.labels import SEVEN
from train.faceclip.stills.collections import COLLECTIONS, read_collection
from train.motion.acting.take import Timing
from train.motion.casting import KINDS, Casting, Plan
from train.motion.clip_set import ClipSet, gather
from train.motion.faces.erasure import learn_erasure
from train.motion.faces.face_model import FaceMesh, load_face_mesh
from train.motion.faces.landmarks import cached_landmarks
from train.motion.faces.pool import FacePool, build_pool, join_pools
from train.motion.leak import first_frame_leak
from train.motion.traces import learn_traces

logger = logging.getLogger(__name__)

PARTS = ("train", "validation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    sources = parser.add_argument_group("stills (at least one)")
    for name, collection in COLLECTIONS.items():
        sources.add_argument(f"--{name}", type=Path, metavar="PATH", help=collection.about)
    parser.add_argument("--face-model", type=Path, required=True, help="npz of ICT-FaceKit")
    parser.add_argument(
        "--landmarker", type=Path, help="MediaPipe's face_landmarker.task; for the first run only"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips")
    parser.add_argument(
        "--cache", type=Path, help="folder of canvases and landmarks (default: OUT/cache)"
    )
    parser.add_argument("--clips", type=int, default=6000, help="training clips (default 6000)")
    parser.add_argument(
        "--validation-clips", type=int, default=800, help="validation clips (default 800)"
    )
    parser.add_argument(
        "--kinds",
        type=_kind_share,
        nargs="+",
        metavar="KIND=SHARE",
        help="default " + " ".join(f"{kind}={share}" for kind, share in KINDS.items()),
    )
    parser.add_argument("--neutral-share", type=float, default=0.2, help="default 0.2")
    parser.add_argument("--shortest", type=int, default=8, help="fewest frames (default 8)")
    parser.add_argument("--longest", type=int, default=24, help="most frames (default 24)")
    parser.add_argument("--seed", type=int, default=0, help="source of all randomness")


def run(arguments: argparse.Namespace) -> None:
    """Make the training and the validation file and a summary of both."""
    # The arrays are tiny: OpenCV's threads would only get in each other's way.
    cv2.setNumThreads(1)
    plan = Plan(
        kinds=dict(arguments.kinds or KINDS),
        neutral_share=arguments.neutral_share,
        timing=Timing(arguments.shortest, arguments.longest),
        seed=arguments.seed,
    )
    mesh = load_face_mesh(arguments.face_model)
    pools = _read_pools(arguments, mesh)
    erasure = learn_erasure(pools["train"], mesh) if "relaxed" in plan.kinds else None
    traces = learn_traces(pools["train"], mesh, erasure) if erasure else None
    summary: dict[str, object] = {"plan": asdict(plan)}
    counts = (arguments.clips, arguments.validation_clips)
    for stream, (part, count) in enumerate(zip(PARTS, counts, strict=True)):
        if count < 1:
            continue
        casting = Casting(pools[part], mesh, plan, stream, erasure, traces)
        made = [casting.make(number) for number in trange(count, desc=part, mininterval=2)]
        clips = gather(made, part)
        clips.save(arguments.out / f"{part}.npz")
        summary[part] = describe(clips)
        logger.info("%s: %s", arguments.out / f"{part}.npz", json.dumps(summary[part]))
    (arguments.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")


def describe(clips: ClipSet) -> dict[str, object]:
    """Counts of a set, and what its first frames give away.

    Returns:
        JSON-like: clips by label, kind and course, number of people and frames, and by kind the
        balanced accuracy of a classifier of first frames beside that of chance.
    """
    leaks = {}
    for kind in np.unique(clips.kinds):
        leak = first_frame_leak(clips, str(kind))
        if leak is not None:
            leaks[str(kind)] = {"accuracy": round(leak[0], 3), "chance": round(leak[1], 3)}
    return {
        "clips": len(clips),
        "frames": len(clips.images),
        "people": len(np.unique(clips.people)),
        "labels": {name: int((clips.labels == i).sum()) for i, name in enumerate(SEVEN)},
        "kinds": _count(clips.kinds),
        "courses": _count(clips.courses),
        "first_frame_leak": leaks,
    }


def _count(names: NDArray[np.str_]) -> dict[str, int]:
    values, counts = np.unique(names, return_counts=True)
    return {str(value): int(count) for value, count in zip(values, counts, strict=True)}


def _kind_share(text: str) -> tuple[str, float]:
    kind, _, share = text.partition("=")
    try:
        return kind, float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form kind=share") from None


def _read_pools(arguments: argparse.Namespace, mesh: FaceMesh) -> dict[str, FacePool]:
    """Faces of both parts; no person is in both."""
    cache: Path = arguments.cache or arguments.out / "cache"
    parts: dict[str, list[FacePool]] = {part: [] for part in PARTS}
    for name, collection in COLLECTIONS.items():
        path = getattr(arguments, name)
        if path is None:
            continue
        stills = read_collection(name, path, cache)
        landmarks = cached_landmarks(
            stills.images, cache / f"{name}_landmarks.npz", arguments.landmarker
        )
        pool = build_pool(stills, landmarks, mesh)
        held = np.isin(pool.people, collection.split(stills)[1].people)
        logger.info("%s: %d of %d faces can be moved", name, len(pool), len(stills))
        parts["train"].append(pool.subset(~held))
        parts["validation"].append(pool.subset(held))
    if not parts["train"]:
        raise ConfigError("no stills were given; pass --fer2013, --muxspace or --london")
    return {part: join_pools(pools) for part, pools in parts.items()}
