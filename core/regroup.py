"""The same person seen as two faces, or a face that is none: what a reader of a result corrects."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from core.curves import clip_verdict
from core.errors import ConfigError
from core.faces.box import FaceBox
from core.prediction import Prediction
from core.reading import FaceReading
from core.recognizer import Recognizer

# Tracks of one person may overlap a little where one is lost and the other begins.
SHARED = 0.05


def leave_out(predictions: Sequence[Prediction], face_ids: Collection[int]) -> list[Prediction]:
    """Return a result without some faces; the others keep their numbers.

    Args:
        predictions: One per face, of one video.
        face_ids: Numbers of those that go.

    Raises:
        ConfigError: One does not exist, or nobody would be left.
    """
    _check(predictions, face_ids)
    kept = [each for each in predictions if each.face_id not in face_ids]
    if not kept:
        raise ConfigError("somebody must stay in the result; leave out fewer faces")
    followed = max(1, kept[0].faces_followed - len(set(face_ids)))
    return [replace(each, faces_followed=followed) for each in kept]


def merge(
    predictions: Sequence[Prediction], face_ids: Sequence[int], recognizer: Recognizer
) -> list[Prediction]:
    """Return a result in which several faces are one: its curves and verdict are made anew.

    Args:
        predictions: One per face, of one video.
        face_ids: Numbers of the faces; the first one's number stays.
        recognizer: The model that made the result.

    Raises:
        ConfigError: One does not exist, there are fewer than two, two are in view together so that
            they are two people, another model made the result, or it was read from a file.
    """
    _check(predictions, face_ids)
    if len(set(face_ids)) < 2:
        raise ConfigError("name two faces or more that are one person")
    by_id = {each.face_id: each for each in predictions}
    chosen = [by_id[face_id] for face_id in dict.fromkeys(face_ids)]
    main = chosen[0]
    main.require_features()
    if recognizer.labels != main.labels:
        raise ConfigError(f"merge with the model that made the result, {main.checkpoint}")
    _check_apart(chosen)
    reading = _joined(chosen)
    verdict = clip_verdict(recognizer, np.stack(reading.features))
    second, first = np.sort(verdict.probabilities)[-2:]
    merged = replace(
        main,
        probabilities=verdict.probabilities,
        similarities=verdict.similarities,
        uncertain=bool(first - second < recognizer.config.calibration.margin),
        frames=reading.series(main.frames.times_s, recognizer),
        sampled=np.asarray(reading.rows, np.int64)[verdict.rows],
    )
    gone = {each.face_id for each in chosen[1:]}
    everybody = [merged if each is main else each for each in predictions]
    return leave_out(everybody, gone)


def _joined(chosen: Sequence[Prediction]) -> FaceReading:
    """What was kept of all of them, frame by frame; where two have a frame, the larger face's."""
    reading = FaceReading()
    for row in range(len(chosen[0].frames.times_s)):
        seen = [each.frames for each in chosen if each.frames.found[row]]
        if not seen:
            continue
        frames = max(seen, key=lambda each: float(each.boxes[row, 2]))
        x, y, side, _ = (float(value) for value in frames.boxes[row])
        roll = float(frames.rolls[row])
        reading.rows.append(row)
        reading.boxes.append(FaceBox(x, y, side, roll=roll))
        reading.thumbnails.append(frames.crops[row] or b"")
        reading.features.append(frames.features[row])
    return reading


def _check(predictions: Sequence[Prediction], face_ids: Collection[int]) -> None:
    known = [each.face_id for each in predictions]
    for face_id in face_ids:
        if face_id not in known:
            names = ", ".join(str(each + 1) for each in sorted(known))
            raise ConfigError(f"the result has no face {face_id + 1}; its faces are {names}")


def _check_apart(chosen: Sequence[Prediction]) -> None:
    for place, one in enumerate(chosen):
        for other in chosen[place + 1 :]:
            both = one.frames.found & other.frames.found
            least = min(one.frames.found.sum(), other.frames.found.sum())
            if both.sum() > SHARED * least:
                time_s = float(one.frames.times_s[both.argmax()])
                raise ConfigError(
                    f"face {one.face_id + 1} and face {other.face_id + 1} are in view together "
                    f"at {time_s:.1f} s, so they are two people"
                )
