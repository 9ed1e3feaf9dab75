"""The renderer, on an egg with eyes: ICT-FaceKit itself is not part of the repository."""

import json
from dataclasses import replace

import numpy as np
import pytest

from app.examples.__main__ import main
from app.examples.rendered.acting import STORIES, strengths_at, turn_at
from app.examples.rendered.film import Person
from app.examples.rendered.head import load_head, normals_of
from app.examples.rendered.light import develop, shade, shadow_of
from app.examples.rendered.raster import rasterize
from app.examples.rendered.skin import eye_paint, hair_cover
from core.errors import DataError
from core.video import open_video

PARTS = (
    "M_BackHead", "M_EyeBlend", "M_EyeLashes", "M_EyeOcclusion", "M_Face", "M_GumsTongue",
    "M_IrisLeft", "M_IrisRight", "M_LacrimalFluid", "M_ScleraLeft", "M_ScleraRight", "M_Teeth",
)  # fmt: skip
MIDDLE = ("jawOpen", "mouthFunnel", "mouthShrugLower")


def model_names(name):
    """The names of a model's actions behind one that may move both sides."""
    return [name] if name in MIDDLE or name[-2] == "_" else [f"{name}_L", f"{name}_R"]


ACTIONS = sorted(
    {
        each
        for story in STORIES
        for time_s in np.linspace(0, 7, 29)
        for name in strengths_at(story, time_s)
        for each in model_names(name)
    }
)


def ball(centre, radii, steps=24):
    """Vertices and quads of an ellipsoid, counter-clockwise from outside."""
    height, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, steps), np.linspace(0, 2 * np.pi, steps), indexing="ij"
    )
    points = np.stack(
        [np.sin(height) * np.sin(around), np.cos(height), np.sin(height) * np.cos(around)], -1
    )
    row, column = np.mgrid[: steps - 1, : steps - 1]
    first = (row * steps + column).ravel()
    quads = np.stack([first, first + steps, first + steps + 1, first + 1], 1)
    return points.reshape(-1, 3) * radii + centre, quads


@pytest.fixture(scope="module")
def face_model(tmp_path_factory):
    balls = [
        ("M_Face", ball((0, 0, 0), (8, 13, 10))),
        ("M_ScleraLeft", ball((3, 3.4, 8), (1.4, 1.4, 1.4))),
        ("M_ScleraRight", ball((-3, 3.4, 8), (1.4, 1.4, 1.4))),
    ]
    points, quads, part = np.empty((0, 3)), [], []
    for name, (own, faces) in balls:
        quads.append(faces + len(points))
        part += [PARTS.index(name)] * len(faces)
        points = np.concatenate([points, own])
    rng = np.random.default_rng(0)
    deltas = np.zeros((len(ACTIONS), len(points), 3), np.float16)
    deltas[ACTIONS.index("jawOpen"), points[:, 1] < -5] = (0, -2, 0)
    path = tmp_path_factory.mktemp("face") / "model.npz"
    front = np.flatnonzero((points[:, 2] > 5) & (np.abs(points[:, 1]) < 9))
    np.savez(
        path,
        neutral=points.astype(np.float32),
        quads=np.concatenate(quads).astype(np.int32),
        quad_material=np.array(part, np.uint8),
        material_names=np.array(PARTS),
        expression_names=np.array(ACTIONS),
        expression_deltas=deltas,
        identity_deltas=rng.normal(0, 0.01, (3, len(points), 3)).astype(np.float16),
        vertex_indices_json=np.array(
            json.dumps({"idx_to_landmark_verts": rng.choice(front, 68).tolist()})
        ),
    )
    return path


@pytest.fixture(scope="module")
def person(face_model):
    return Person(load_head(face_model, 0), STORIES[0].look)


def test_the_nearest_triangle_is_seen_and_weights_find_the_place():
    points = np.array(
        [[0, 0, 0], [0, 20, 0], [20, 0, 0], [0, 0, 1], [0, 10, 1], [10, 0, 1]], np.float32
    )
    triangles = np.array([[0, 1, 2], [3, 4, 5], [0, 2, 1]])
    seen = rasterize(points, triangles, (20, 20))
    nearest = dict(zip(seen.rows.tolist(), seen.corners[:, 0].tolist(), strict=True))
    assert nearest[2 * 20 + 2] == 3  # the small one lies in front
    assert nearest[8 * 20 + 8] == 0
    assert 19 * 20 + 19 not in nearest
    place = seen.mix(points)
    away = np.abs(place[:, 0] - (seen.rows % 20 + 0.5))
    assert np.median(away) < 0.01


def test_backs_are_not_seen():
    points = np.array([[0, 0, 0], [20, 0, 0], [0, 20, 0]], np.float32)
    assert not len(rasterize(points, np.array([[0, 1, 2]]), (20, 20)).rows)


def test_light_comes_from_its_side_and_a_body_throws_a_shadow():
    one = np.ones((3, 1), np.float32)
    normal = np.array([[-0.48, 0.52, 0.78], [0.7, -0.6, -0.1], [-0.48, 0.52, 0.78]], np.float32)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    view, gloss = np.tile([[0, 0, 1.0]], (3, 1)).astype(np.float32), np.zeros((3, 2), np.float32)
    reached = np.array([1, 1, 0], np.float32)
    lit = shade(one * (0.5, 0.4, 0.3), normal, view, reached, gloss=gloss, depth=one[:, 0])
    towards, away, shadowed = lit.mean(1)
    assert towards > 2 * away
    assert towards > 1.5 * shadowed
    assert np.array_equal(develop(np.zeros((1, 3))), [[0, 0, 0]])
    points, quads = ball((0, 0, 0), (5, 5, 5))
    triangles = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])
    there = np.array([[-2.4, 2.6, 3.9], [2.4, -2.6, -3.9]], np.float32)
    front, behind = shadow_of(points.astype(np.float32), triangles, there)
    assert front > 0.9
    assert behind < 0.1


def test_a_person_opens_the_mouth_and_turns(person):
    rest = person.picture({}, (0, 0, 0), 48)
    assert rest.shape == (48, 48, 3)
    assert np.abs(rest.astype(int) - person.picture({}, (0, 0, 0), 48)).max() == 0
    opened = np.abs(rest.astype(int) - person.picture({"jawOpen": 1}, (0, 0, 0), 48)).sum((1, 2))
    assert opened[26:].sum() > 5 * opened[:20].sum()
    assert (rest != person.picture({}, (0.3, 0, 0), 48)).any(-1).mean() > 0.1


def test_people_differ(face_model):
    heads = [load_head(face_model, seed) for seed in (0, 1, 1)]
    assert not np.array_equal(heads[0].neutral, heads[1].neutral)
    np.testing.assert_array_equal(heads[1].neutral, heads[2].neutral)


def test_normals_point_outwards(person):
    head = person.head
    skin = head.vertices_of("M_Face")
    normals = normals_of(head.neutral, head.triangles)[skin]
    assert (np.sum(normals * head.neutral[skin], 1) > 0).mean() > 0.95


def test_paint_lies_where_it_belongs():
    look = STORIES[0].look
    crown, nose, ear = hair_cover(np.array([[0, 14, 0], [0, 0, 12], [8.6, 2, 0]]), look, 6.0)
    assert (crown, nose, ear) == (1, 0, 0)
    centre = np.zeros(3, np.float32)
    pupil, iris, white = eye_paint(np.array([[0, 0, 1], [0.4, 0, 1], [1, 0, 1]]), centre, look)
    assert pupil.max() < 0.02 < iris.max() < white.min()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_moves_smoothly_blinks_and_reaches_its_beats(story):
    times = np.arange(0, story.duration_s, 1 / 60)
    played = [strengths_at(story, time_s) for time_s in times]
    for name in set().union(*played):
        curve = np.array([each.get(name, 0) for each in played])
        assert np.abs(np.diff(curve)).max() < 0.35
    assert all(strengths_at(story, at)["eyeBlink"] > 0.9 for at in story.blinks)
    turns = np.array([turn_at(story, time_s) for time_s in times])
    assert np.abs(np.diff(turns, axis=0)).max() < 0.02
    assert np.abs(turns).max() < 0.3
    assert turns.std(0).min() > 0.005


def test_the_command_writes_a_film_and_its_picture(face_model, tmp_path, monkeypatch):
    short = replace(STORIES[1], duration_s=0.4, shown_s=0.2)
    monkeypatch.setattr("app.examples.__main__.STORIES", (short,))
    options = [
        "--face-model",
        str(face_model),
        "--out",
        str(tmp_path),
        "--side",
        "32",
        "--fps",
        "5",
    ]
    assert main([*options, "call"]) == 0
    with open_video(tmp_path / "call.webm") as video:
        assert [frame.image.shape for frame in video] == [(32, 32, 3)] * 2
    assert (tmp_path / "call.jpg").read_bytes()[:2] == b"\xff\xd8"
    with pytest.raises(SystemExit):
        main([*options, "nobody"])


def test_a_face_model_that_is_none_is_a_sentence(tmp_path, caplog):
    (tmp_path / "no.npz").write_text("nothing")
    with pytest.raises(DataError, match=r"no\.npz is no file of ICT-FaceKit"):
        load_head(tmp_path / "no.npz", 0)
    assert main(["--face-model", str(tmp_path / "missing.npz"), "--out", str(tmp_path)]) == 2
    assert "missing.npz" in caplog.text
