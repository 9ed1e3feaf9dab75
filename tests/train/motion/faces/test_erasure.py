import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from tests.train.motion_doubles import draw_toy, toy_collection, toy_points
from train.motion.faces.erasure import LEAST_PER_LABEL, erase, features, learn_erasure
from train.motion.faces.fit import fit_face
from train.motion.faces.pool import NEUTRAL, build_pool
from train.motion.filming.camera import HeadMotion
from train.motion.filming.render import draw_scene, render


def spoken_table(count=3000, width=20):
    """Features with three labels in them, in directions of unequal spread."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, count)
    table = rng.normal(size=(count, width)) * np.linspace(0.5, 3, width)
    table[:, 3] += 2 * (labels == 1)
    table[:, 10] -= 3 * (labels == 2)
    return table, labels


def accuracy(table, labels):
    half = len(table) // 2
    judge = RidgeClassifier().fit(table[:half], labels[:half])
    return judge.score(table[half:], labels[half:])


def test_nothing_linear_tells_the_label_after_erasure_and_little_changes():
    table, labels = spoken_table()
    erasure = erase(table, labels, 0)
    erased = table - (table - erasure.neutral) @ erasure.removal.T
    assert accuracy(table, labels) > 0.6
    assert accuracy(erased, labels) < 0.4
    untouched = [0, 1, 2, 15, 19]
    assert np.abs(erased - table)[:, untouched].mean() < 0.1


def test_every_label_is_brought_to_the_target():
    table, labels = spoken_table()
    erasure = erase(table, labels, 0)
    erased = table - (table - erasure.neutral) @ erasure.removal.T
    for label in (1, 2):
        distance = np.abs(erased[labels == label].mean(0) - erasure.neutral)
        assert distance.max() < 0.35


def test_features_do_not_depend_on_place_size_and_exposure(face_mesh):
    rest = np.zeros(len(face_mesh.actions))
    found = []
    for scale, shift, gain in ((3.1, 0, 1.0), (2.8, 2, 0.8)):
        points = toy_points(scale=scale) + np.float32(shift)
        image = np.round(draw_toy(points) * gain).astype(np.uint8)
        found.append(features(image, fit_face(face_mesh, points, rest)))
    assert np.abs(found[0] - found[1])[:136].max() < 0.01
    assert np.abs(found[0] - found[1])[136:].mean() < 0.12


@pytest.fixture(scope="module")
def marked(face_mesh):
    """A pool in which every angry face has a dark patch on its forehead."""
    stills, landmarks = toy_collection(LEAST_PER_LABEL * 2)
    stills.images[stills.labels == 3, 12:20, 26:38] //= 2
    return build_pool(stills, landmarks, face_mesh)


def test_the_mark_of_a_label_fades_as_its_face_calms(marked, face_mesh):
    erasure = learn_erasure(marked, face_mesh)
    row = int(np.flatnonzero(marked.labels == 3)[0])
    face = fit_face(face_mesh, marked.landmarks[row], marked.strengths[row])
    scene = draw_scene(marked.images[row], face, np.random.default_rng(0))
    relief = erasure.relief(marked.images[row], face)
    motion = HeadMotion(np.zeros((2, 2)), np.tile(np.eye(2, 3), (2, 1, 1)))
    strengths = np.tile(face.strengths, (2, 1))
    marked_frame, calm_frame = render(scene, strengths, motion, relief, np.array([0.0, 1.0]))
    forehead = np.s_[13:19, 28:36]
    assert calm_frame[forehead].mean() > 1.2 * marked_frame[forehead].mean()


def test_neutral_faces_hardly_change(marked, face_mesh):
    erasure = learn_erasure(marked, face_mesh)
    sizes = []
    for label in (NEUTRAL, 3):
        row = int(np.flatnonzero(marked.labels == label)[0])
        face = fit_face(face_mesh, marked.landmarks[row], marked.strengths[row])
        sizes.append(np.abs(erasure.relief(marked.images[row], face).light).mean())
    assert sizes[0] < sizes[1]


def test_too_few_faces_of_a_label_teach_nothing(face_mesh):
    pool = build_pool(*toy_collection(LEAST_PER_LABEL - 1), face_mesh)
    assert learn_erasure(pool, face_mesh) is None
