"""A decoder that may not take what it needs is not believed when it calls the file damaged."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
SIDE = 800
# What may be added to what the program takes already [MB].
LIMITS_MB = (1, 4, 7, 10, 60)

# Each try is a process of its own, split off from one that has all that reading needs.
PROGRAM = """
import os, resource, sys
from pathlib import Path
from core.errors import VideoError
from core.video import VideoLimits, open_video

folder, side, *limits_mb = sys.argv[1:]
limits = VideoLimits(frame_px=int(side) ** 2)

def taken():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

def read(path, megabytes):
    most = taken() + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        with open_video(path, limits) as video:
            return f"{len(list(video))} frames"
    except MemoryError:
        return "memory"
    except VideoError:
        return "damaged"

open_video(Path(folder) / "small.png").close()
for path in sorted(Path(folder).glob("* *")):
    for limit in limits_mb if path.name.startswith("whole") else limits_mb[-1:]:
        ours, theirs = os.pipe()
        if not os.fork():
            os.write(theirs, read(path, int(limit)).encode())
            os._exit(0)
        os.close(theirs)
        print(path.name, os.read(ours, 99).decode(), sep=": ")
        os.wait()
"""


# OpenCV says it in its own words.
REFUSED = """
import resource
import cv2, numpy as np
from core.video.shortage import says_memory

def answer(side):
    try:
        cv2.resize(np.zeros((2, 2), np.uint8), (side, side))
    except cv2.error as error:
        return says_memory(error)

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
print(answer(0), answer(40_000))
"""


def pictures():
    grain = np.random.default_rng(0).integers(0, 255, (SIDE // 20, SIDE // 20, 4), np.uint8)
    rgba = Image.fromarray(grain, "RGBA").resize((SIDE, SIDE))
    rgb = rgba.convert("RGB")
    yield "rgb.png", rgb, {"compress_level": 1}
    yield "rgba.png", rgba, {"compress_level": 1}
    yield "rgb.jpeg", rgb, {}
    yield "progressive.jpeg", rgb, {"progressive": True, "subsampling": 0}
    yield "lossy.webp", rgb, {"method": 0}
    yield "lossless.webp", rgba, {"method": 0, "lossless": True}
    yield "a.avif", rgba, {"speed": 10}
    yield "a.gif", rgb.quantize(16), {}
    yield "a.bmp", rgb, {}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded there")
def test_want_of_memory_and_damage_are_told_apart(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "small.png")
    for name, image, options in pictures():
        whole = tmp_path / f"whole {name}"
        image.save(whole, **options)
        data = whole.read_bytes()
        (tmp_path / f"cut {name}").write_bytes(data[: len(data) // 2])
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(SIDE), *map(str, LIMITS_MB)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = {}
    for line in run.stdout.splitlines():
        name, _, answer = line.partition(": ")
        told.setdefault(name, []).append(answer)
    assert len(told) == 18
    for name, answers in told.items():
        if name.startswith("cut"):
            assert answers == ["damaged"], name
        else:
            assert (answers[0], answers[-1]) == ("memory", "1 frames"), (name, answers)
            assert set(answers) == {"memory", "1 frames"}, (name, answers)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded there")
def test_a_refusal_in_the_words_of_opencv_is_one_and_another_of_its_errors_is_not():
    command = [sys.executable, "-c", REFUSED]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
