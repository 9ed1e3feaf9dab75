"""Miniature datasets in each official layout, drawn by the test."""

import cv2
import numpy as np

from tests.machine import SEED

DFEW_WORDS = (1, 2, 3)
FERV_WORDS = ("Happy", "Sad", "Neutral")
MAFW_WORDS = ("happiness", "sadness", "contempt")


def picture(label, number, frame, side=40):
    """Light from above, from below or in the middle is the class; no two clips are alike."""
    y, x = np.mgrid[:side, :side] / side
    light = [1 - 2 * y, 2 * y - 1, 1 - 4 * abs(x - 0.5)][label] * (1 + 0.1 * np.sin(frame))
    grey = 128 + 90 * light + 12 * np.random.default_rng([SEED, number]).normal(size=(side, side))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


def write_frames(folder, label, number, count=5, pattern="{:05d}.jpg"):
    folder.mkdir(parents=True)
    for frame in range(count):
        cv2.imwrite(str(folder / pattern.format(frame + 1)), picture(label, number, frame))


def write_clip(path, label, number, count=5):
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (40, 40))
    for frame in range(count):
        writer.write(picture(label, number, frame))
    writer.release()


def write_text(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def make_dfew(root, clips=12, folds=2):
    """Clip i has class i mod 3 and is in the test part of fold 1 + (i // 3) mod folds."""
    for i in range(clips):
        write_frames(root / f"Clip/clip_224x224/{i + 1:05d}", i % 3, i, count=4 + i % 3)
    for fold in range(folds):
        for part in ("train", "test"):
            rows = [i for i in range(clips) if ((i // 3) % folds == fold) == (part == "test")]
            lines = ["video_name,label", *(f"{i + 1},{DFEW_WORDS[i % 3]}" for i in rows)]
            name = f"EmoLabel_DataSplit/{part}(single-labeled)/set_{fold + 1}.csv"
            write_text(root / name, lines)
    return root


def make_ferv39k(root, clips=12):
    lines = {"train": [], "test": []}
    for i in range(clips):
        name = f"Action/{FERV_WORDS[i % 3]}/{i:04d}"
        write_frames(root / "2_ClipsforFaceCrop" / name, i % 3, i, pattern="{}.jpg", count=11)
        lines["test" if i >= 3 * clips // 4 else "train"].append(f"{name} {FERV_WORDS[i % 3]}")
    for part, rows in lines.items():
        write_text(root / f"4_setups/All_scenes/{part}_All.csv", rows)
    return root


def make_mafw(root, clips=12, folds=2):
    for i in range(clips):
        write_clip(root / f"clips/{i + 1:05d}.mp4", i % 3, i)
    for fold in range(folds):
        for part in ("train", "test"):
            rows = [i for i in range(clips) if ((i // 3) % folds == fold) == (part == "test")]
            name = f"Train & Test Set/single/no_caption/set_{fold + 1}/{part}.txt"
            write_text(root / name, [f"{i + 1:05d}.mp4 {MAFW_WORDS[i % 3]}" for i in rows])
    return root


def make_folders(root, clips=9):
    for i in range(clips):
        part = "test" if i >= 6 else "train"
        write_clip(root / part / FERV_WORDS[i % 3] / f"clip {i}.mp4", i % 3, i)
    return root


def make_table(root, clips=9):
    lines = ["path,label,subject,fold"]
    for i in range(clips):
        write_clip(root / f"videos/{i}.mp4", i % 3, i)
        fold = "b" if i % 3 else "a"
        lines.append(f"videos/{i}.mp4,{MAFW_WORDS[i % 3]},person {i // 3},{fold}")
    write_text(root / "clips.csv", lines)
    return root / "clips.csv"
