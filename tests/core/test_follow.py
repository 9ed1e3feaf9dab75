from itertools import pairwise

import numpy as np
import pytest

from core.faces.box import FaceBox
from core.faces.detectors import CenterCrop, HaarDetector
from core.faces.follow import Observation, ObservedFace, follow_faces, rank_faces
from core.video import VideoFrame

FACE = FaceBox(40, 30, 50)


class Script:
    """Finds, frame by frame, what was written down."""

    name = "script"
    licence = "none"

    def __init__(self, rows):
        self.rows = iter(rows)

    def detect(self, _):
        return next(self.rows)


def numbered(count, fps=15.0):
    """Frames whose colour is their number."""
    for index in range(count):
        yield VideoFrame(index, index / fps, np.full((120, 160, 3), index, np.uint8))


def follow(rows, fps=15.0, **options):
    frames = numbered(len(rows), fps)
    return list(follow_faces(frames, Script(rows), crop_scale=1.0, **options))


def presence(observations, face_id=0):
    """One letter per frame: seen, bridged or absent."""
    letters = ""
    for observation in observations:
        faces = {face.face_id: face for face in observation.faces}
        letters += "." if face_id not in faces else "b" if faces[face_id].bridged else "s"
    return letters


def test_every_frame_is_observed_once_in_order_with_its_own_crop():
    observations = follow([[FACE]] * 40)
    assert [observation.index for observation in observations] == list(range(40))
    assert [observation.time_s for observation in observations] == [row / 15 for row in range(40)]
    for observation in observations:
        (face,) = observation.faces
        assert face.crop.shape == (50, 50, 3)
        assert (face.crop == observation.index).all()
        assert face.box.overlap(FACE) > 0.999


def test_a_short_absence_is_bridged_with_crops_of_its_own_frames():
    rows = [[FACE]] * 5 + [[]] * 6 + [[FACE]] * 5
    observations = follow(rows)
    assert presence(observations) == "sssss" + "bbbbbb" + "sssss"
    assert (observations[7].faces[0].crop == 7).all()


def test_a_long_absence_is_a_gap_of_the_same_face():
    assert presence(follow([[FACE]] * 5 + [[]] * 8 + [[FACE]] * 5)) == "sssss........sssss"


def test_absence_at_the_ends_is_a_gap():
    assert presence(follow([[]] * 3 + [[FACE]] * 4 + [[]] * 3)) == "...ssss..."
    assert presence(follow([[]] * 20)) == "." * 20


def test_the_bridge_can_be_shorter():
    rows = [[FACE]] * 5 + [[]] * 3 + [[FACE]] * 5
    assert presence(follow(rows, bridge_s=0.2)) == "sssss...sssss"


@pytest.mark.parametrize("count", [1, 2])
def test_very_short_videos_have_faces(count):
    observations = follow([[FACE]] * count)
    assert presence(observations) == "s" * count
    assert rank_faces(observations) == [0]


def test_a_video_without_frames_has_no_observations():
    assert follow([]) == []


def test_each_face_is_followed_apart():
    other = FaceBox(100, 40, 30)
    rows = [[FACE]] * 5 + [[other, FACE]] * 10 + [[other]] * 10
    observations = follow(rows)
    assert presence(observations, 0) == "s" * 15 + "." * 10
    assert presence(observations, 1) == "." * 5 + "s" * 20
    assert [face.face_id for face in observations[8].faces] == [0, 1]
    assert observations[8].faces[1].box.overlap(other) > 0.999


def test_the_crop_is_widened_by_its_scale_and_bounded():
    frames = [VideoFrame(0, 0.0, np.zeros((600, 800, 3), np.uint8))]
    (observation,) = follow_faces(frames, Script([[FaceBox(100, 100, 100)]]), crop_scale=1.5)
    assert observation.faces[0].crop.shape == (150, 150, 3)
    (observation,) = follow_faces(frames, Script([[FaceBox(100, 100, 300)]]), crop_scale=1.5)
    assert observation.faces[0].crop.shape == (224, 224, 3)
    frames, found = [VideoFrame(0, 0.0, frames[0].image)], Script([[FaceBox(100, 100, 300)]])
    (observation,) = follow_faces(frames, found, crop_scale=1.5, crop_px=144)
    assert observation.faces[0].crop.shape == (144, 144, 3)


@pytest.mark.parametrize(("fps", "waiting"), [(15, 8), (240, 64), (1, 1)])
def test_observations_come_with_a_bounded_delay(fps, waiting):
    taken = 0

    def frames():
        nonlocal taken
        for frame in numbered(200, fps):
            taken += 1
            yield frame

    for observation in follow_faces(frames(), Script([[FACE]] * 200), crop_scale=1.0):
        assert taken - observation.index <= waiting + 1


def test_the_centre_crop_passes_unchanged():
    frames = list(numbered(10))
    (expected,) = CenterCrop().detect(frames[0].image)
    for observation in follow_faces(frames, CenterCrop(), crop_scale=1.0):
        assert observation.faces[0].box.overlap(expected) > 0.999


def test_a_portrait_that_hides_for_a_while_is_followed(walk):
    places = [(20 + 4 * row, 60) for row in range(40)]
    places[8:11] = [None] * 3
    places[20:32] = [None] * 12
    observations = list(follow_faces(walk(places), HaarDetector(), crop_scale=1.0))
    assert presence(observations) == "s" * 8 + "bbb" + "s" * 9 + "." * 12 + "s" * 8
    seen = [o.faces[0].box for o in observations[:8]]
    steps = [later.x - earlier.x for earlier, later in pairwise(seen)]
    assert all(1 < step < 7 for step in steps)


def test_two_people_who_are_exchanged_at_a_cut_are_two_faces(portrait):
    other = np.ascontiguousarray(255 - portrait[:, ::-1])
    frames = [
        VideoFrame(row, row / 15, image) for row, image in enumerate([portrait] * 10 + [other] * 10)
    ]
    box = FaceBox(200, 65, 110)
    observations = list(follow_faces(frames, Script([[box]] * 20), crop_scale=1.0))
    assert presence(observations, 0) == "s" * 10 + "." * 10
    assert presence(observations, 1) == "." * 10 + "s" * 10
    assert sorted(rank_faces(observations)) == [0, 1]


def observed(*rows):
    crop = np.ones((4, 4, 3), np.uint8)
    return [
        Observation(
            index,
            index / 15,
            [
                ObservedFace(face_id, FaceBox(0, 0, side), crop, False)
                for face_id, side in row.items()
            ],
        )
        for index, row in enumerate(rows)
    ]


def test_the_main_face_has_the_largest_area_over_time():
    large_but_short = observed(*[{0: 50}] * 4, *[{0: 50, 1: 40}] * 4, *[{1: 40}] * 10)
    assert rank_faces(large_but_short) == [1, 0]
    large_and_long = observed(*[{0: 30, 1: 40, 2: 20}] * 10)
    assert rank_faces(large_and_long) == [1, 0, 2]
    assert rank_faces(observed(*[{1: 40, 0: 40}] * 5)) == [0, 1]


def test_false_alarms_of_a_long_video_are_dropped():
    rows = [{0: 40}] * 50 + [{0: 40, 1: 400}] * 2 + [{0: 40}] * 10
    assert rank_faces(observed(*rows)) == [0]
    assert rank_faces(observed(*[{}] * 50, {0: 40}, {0: 40})) == []


def test_a_passer_by_is_offered_only_where_there_is_nobody_else():
    passing = [{0: 40}] * 96 + [{0: 40, 1: 90}] * 4
    assert rank_faces(observed(*passing)) == [0]
    staying = [{0: 40}] * 95 + [{0: 40, 1: 90}] * 5
    assert rank_faces(observed(*staying)) == [0, 1]
    assert rank_faces(observed(*[{}] * 96, *[{1: 90}] * 4)) == [1]
    assert rank_faces(observed(*[{}] * 192, *[{1: 90}] * 4, *[{2: 50}] * 4)) == [1]


def test_bridged_frames_are_no_sightings():
    bridged = ObservedFace(0, FACE, np.ones((4, 4, 3), np.uint8), True)
    rows = observed({0: 50}, *[{}] * 40, {0: 50})
    rows[1:6] = [Observation(row, row / 15, [bridged]) for row in range(1, 6)]
    assert rank_faces(rows) == []


def test_a_series_of_separate_faces_keeps_them_all():
    assert rank_faces(observed(*[{row: 40 + row} for row in range(40)])) == list(range(39, -1, -1))


def test_observations_without_crops_keep_everything_else():
    (observation,) = observed({3: 40})
    light = observation.without_crops()
    assert light.faces[0].crop.size == 0
    assert (light.faces[0].face_id, light.faces[0].box) == (3, FaceBox(0, 0, 40))
    assert observation.faces[0].crop.size == 48
