import pytest

from core.faces.box import FaceBox
from core.faces.choice import TAKES_OVER, FaceChoice
from core.faces.tracking import Tracked


def faces(**sides):
    return [Tracked(int(name[1:]), FaceBox(0, 0, side), True) for name, side in sides.items()]


def followed(choice, **sides):
    face = choice.among(faces(**sides))
    return face.face_id if face else None


def test_the_largest_is_followed_at_first_and_kept_among_equals():
    choice = FaceChoice()
    assert followed(choice, f0=50, f1=60) == 1
    assert followed(choice, f0=70, f1=60) == 1
    assert followed(choice, f0=70) == 0
    assert followed(choice, f0=70, f1=75) == 0


def test_somebody_much_larger_takes_over():
    choice = FaceChoice()
    assert followed(choice, f0=50) == 0
    assert followed(choice, f0=50, f1=50 * TAKES_OVER) == 1


def test_a_chosen_face_is_followed_however_small_and_waited_for():
    choice = FaceChoice()
    choice.asked = 2
    assert followed(choice, f0=90, f2=20) == 2
    assert followed(choice, f0=90) is None
    choice.asked = None
    assert followed(choice, f0=90, f2=20) == 0


@pytest.mark.parametrize("asked", [None, 3])
def test_nobody_in_view_is_nobody(asked):
    choice = FaceChoice()
    choice.asked = asked
    assert followed(choice) is None
