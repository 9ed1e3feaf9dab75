"""``train animate``: make clips with onset, apex and offset from still faces."""

import argparse
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import cv2
from tqdm import trange

from train.commands.options.stills import add_stills
from train.commands.options.values import given_paths
from train.faceclip.stills.collections import COLLECTIONS
from train.motion.acting.curves import COURSES
from train.motion.acting.take import SPEAKING_SHARE, Timing
from train.motion.casting import KINDS, Casting, Plan
from train.motion.clip_set import gather
from train.motion.faces.erasure import learn_erasure
from train.motion.faces.face_model import load_face_mesh
from train.motion.faces.of_collections import PARTS, read_pools
from train.motion.summary import describe
from train.motion.traces import learn_traces
from train.runtime.disk import sole_user
from train.runtime.run_folder import write_json

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_stills(parser)
    parser.add_argument("--face-model", type=Path, required=True, help="npz of ICT-FaceKit")
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips")
    parser.add_argument("--clips", type=int, default=6000, help="training clips (default 6000)")
    parser.add_argument(
        "--validation-clips", type=int, default=800, help="validation clips (default 800)"
    )
    parser.add_argument(
        "--kinds",
        type=_share,
        nargs="+",
        metavar="KIND=SHARE",
        help=f"default {_shown(KINDS)}",
    )
    parser.add_argument("--neutral-share", type=float, default=0.2, help="default 0.2")
    parser.add_argument(
        "--courses",
        type=_share,
        nargs="+",
        metavar="COURSE=SHARE",
        help="expressions that come, come and go, or are there from the first frame on "
        f"(default {_shown(COURSES)})",
    )
    for name, clips in (("speaking-share", "expressive"), ("neutral-speaking-share", "neutral")):
        parser.add_argument(
            f"--{name}",
            type=float,
            default=SPEAKING_SHARE,
            help=f"share of {clips} clips with talk (default {SPEAKING_SHARE})",
        )
    parser.add_argument("--shortest", type=int, default=8, help="fewest frames (default 8)")
    parser.add_argument("--longest", type=int, default=24, help="most frames (default 24)")
    parser.add_argument("--seed", type=int, default=0, help="source of all randomness")


def run(arguments: argparse.Namespace) -> None:
    """Make the training and the validation file and a summary of both."""
    with sole_user(arguments.out):
        _run(arguments)


def _run(arguments: argparse.Namespace) -> None:
    # The arrays are tiny: OpenCV's threads would only get in each other's way.
    cv2.setNumThreads(1)
    plan = Plan(
        kinds=dict(arguments.kinds or KINDS),
        neutral_share=arguments.neutral_share,
        courses=dict(arguments.courses or COURSES),
        speaking_share=arguments.speaking_share,
        neutral_speaking_share=arguments.neutral_speaking_share,
        timing=Timing(arguments.shortest, arguments.longest),
        seed=arguments.seed,
    )
    mesh = load_face_mesh(arguments.face_model)
    given = given_paths(arguments, COLLECTIONS)
    cache = arguments.cache or arguments.out / "cache"
    pools = read_pools(given, cache, arguments.landmarker, mesh)
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
    write_json(arguments.out / "summary.json", summary)


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=share") from None


def _shown(shares: Mapping[str, float]) -> str:
    return " ".join(f"{name}={share}" for name, share in shares.items())
