import numpy as np
import pytest

from core.labels import SEVEN
from train.motion.acting.actions import PROTOTYPES, draw_expression, rows_of

EXPRESSIVE = [label for label in SEVEN if label != "neutral"]


def draws(face_mesh, label, count=200):
    rng = np.random.default_rng(0)
    return np.stack([draw_expression(face_mesh, label, rng) for _ in range(count)])


def test_every_expression_but_neutral_has_variants():
    assert set(PROTOTYPES) == set(EXPRESSIVE)
    assert all(len(variants) >= 2 for variants in PROTOTYPES.values())


@pytest.mark.parametrize(
    ("label", "marks", "absent"),
    [
        ("happiness", ["mouthSmile_L", "cheekSquint_R"], ["mouthFrown_L", "browDown_L"]),
        ("sadness", ["browInnerUp_L", "mouthFrown_R"], ["mouthSmile_L", "eyeWide_L"]),
        ("anger", ["browDown_L"], ["mouthSmile_L", "browInnerUp_L"]),
        ("surprise", ["browOuterUp_L", "eyeWide_R", "jawOpen"], ["browDown_L", "mouthSmile_L"]),
        ("disgust", ["noseSneer_L", "mouthUpperUp_R"], ["eyeWide_L", "mouthSmile_L"]),
        ("fear", ["browInnerUp_L", "eyeWide_L", "browDown_R"], ["mouthSmile_L"]),
    ],
)
def test_expressions_use_their_muscles(face_mesh, label, marks, absent):
    drawn = draws(face_mesh, label)
    assert all((drawn[:, face_mesh.index(name)] > 0).all() for name in marks)
    assert not any(drawn[:, face_mesh.index(name)].any() for name in absent)


@pytest.mark.parametrize("label", EXPRESSIVE)
def test_intensity_and_mix_vary(face_mesh, label):
    drawn = draws(face_mesh, label)
    assert (drawn >= 0).all()
    size = drawn.sum(1)
    assert size.std() / size.mean() > 0.1
    assert len(np.unique(drawn > 0, axis=0)) > 2


def test_sides_differ_a_little(face_mesh):
    drawn = draws(face_mesh, "happiness")
    left, right = (drawn[:, face_mesh.index(f"mouthSmile_{side}")] for side in "LR")
    lean = (left - right) / (left + right)
    assert 0.02 < np.abs(lean).mean() < 0.15
    assert abs(lean.mean()) < 0.03


def test_rows_name_their_side(face_mesh):
    assert rows_of(face_mesh, "jawOpen") == [(face_mesh.index("jawOpen"), 0)]
    assert [side for _, side in rows_of(face_mesh, "browDown")] == [1, -1]
