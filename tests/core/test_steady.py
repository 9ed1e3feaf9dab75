import pytest

from core.faces.box import FaceBox
from core.faces.steady import Sightings, SteadyBox, blend, mean_box, median_box


def sightings(boxes, fps=15.0, bridge_s=0.5):
    """One box per frame; None where the face was missed."""
    result = Sightings(bridge_s)
    for row, box in enumerate(boxes):
        if box is not None:
            result.add(row / fps, box)
    return result


def test_a_blend_runs_from_the_first_to_the_second():
    first, second = FaceBox(0, 10, 20, 1.0), FaceBox(40, 10, 40, 0.5)
    assert blend(first, second, 0) == first
    assert blend(first, second, 1) == second
    assert blend(first, second, 0.25) == FaceBox(10, 10, 25, 0.875)


def test_mean_and_median_treat_middle_and_side_apart():
    boxes = [FaceBox(0, 0, 10), FaceBox(2, 2, 10), FaceBox(100, -50, 90)]
    assert median_box(boxes) == FaceBox(2, 0, 10)  # middles 5, 7, 145 and 5, 7, -5
    assert mean_box(boxes[:2], (1, 3)) == FaceBox(1.5, 1.5, 10)


@pytest.mark.parametrize("row", [0, 1, 2, 7, 14])
def test_a_steadily_moving_face_is_not_displaced(row):
    boxes = [FaceBox(5.0 * step, 2.0 * step, 40) for step in range(15)]
    box, bridged = sightings(boxes).at(row / 15)
    assert not bridged
    assert box.x == pytest.approx(5.0 * row)
    assert box.y == pytest.approx(2.0 * row)


def test_trembling_is_reduced():
    boxes = [FaceBox(100 + 3 * (-1) ** step, 50, 40) for step in range(15)]
    for row in range(3, 12):
        box, _ = sightings(boxes).at(row / 15)
        assert abs(box.x - 100) < 1


def test_one_wrong_box_does_no_harm():
    boxes = [FaceBox(100, 50, 40)] * 15
    boxes[7] = FaceBox(120, 70, 60)
    everywhere = [sightings(boxes).at(row / 15)[0] for row in range(15)]
    assert all(box.overlap(FaceBox(100, 50, 40)) > 0.999 for box in everywhere)


def test_a_short_absence_is_interpolated():
    boxes = [FaceBox(10.0 * row, 0, 40) for row in range(12)]
    boxes[4:8] = [None] * 4
    box, bridged = sightings(boxes).at(5 / 15)
    assert bridged
    assert box.x == pytest.approx(50)


def test_a_long_absence_and_the_time_outside_are_gaps():
    boxes = [None, FaceBox(0, 0, 40), *[None] * 8, FaceBox(0, 0, 40), None]
    seen = [sightings(boxes).at(row / 15) is not None for row in range(12)]
    assert seen == [row in (1, 10) for row in range(12)]


def test_faces_before_and_after_a_long_absence_are_steadied_apart():
    boxes = [FaceBox(0, 0, 40)] * 4 + [None] * 9 + [FaceBox(30, 0, 40)] * 4
    assert sightings(boxes).at(3 / 15)[0].x == pytest.approx(0)
    assert sightings(boxes).at(13 / 15)[0].x == pytest.approx(30)


def test_what_is_forgotten_is_gone():
    kept = sightings([FaceBox(0, 0, 40)] * 10)
    kept.forget(5 / 15)
    assert len(kept) == 5
    assert kept.at(4 / 15) is None
    assert kept.at(5 / 15) is not None


def test_a_head_upside_down_never_turns_over_on_the_way():
    upside_down = [FaceBox(0, 0, 40, roll=roll) for roll in (180, -170, 175, -175, 180)]
    sightings, steady = Sightings(0.5), SteadyBox()
    for row, box in enumerate(upside_down):
        sightings.add(row / 10, box)
        steady.update(row / 10, box)
        assert abs(steady.box.roll - 180) < 15
    for time_s in (0.0, 0.05, 0.25, 0.4):
        box, _ = sightings.at(time_s)
        assert abs(box.roll - 180) < 15
