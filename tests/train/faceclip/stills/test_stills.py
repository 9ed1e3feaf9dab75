import random

import numpy as np
import pytest
import torch

from core.labels import SEVEN
from core.preprocess import preprocess_crops
from train.data.face_canvas import face_preprocess
from train.data.views import center_view, random_view
from train.faceclip.stills.captions import captions_of, draw_captions
from train.faceclip.stills.mixture import drawing_weights, join, split_by_class, split_by_person
from train.faceclip.stills.sources import Stills


def make_stills(labels, people=None):
    labels = np.asarray(labels, np.int64)
    people = people or [f"p{i}" for i in range(len(labels))]
    images = np.random.default_rng(0).integers(0, 255, (len(labels), 64, 64), np.uint8)
    return Stills(images, labels, np.array(people))


@pytest.mark.parametrize("label", SEVEN)
def test_every_class_has_many_different_captions(label):
    captions = captions_of(label)
    assert len(set(captions)) == len(captions) > 30


def test_no_caption_is_shared_by_two_classes():
    everything = [text for label in SEVEN for text in captions_of(label)]
    assert len(set(everything)) == len(everything)


def test_captions_are_drawn_in_class_order():
    drawn = draw_captions(3, random.Random(0))
    for index, label in enumerate(SEVEN):
        assert set(drawn[index * 3 : index * 3 + 3]) <= set(captions_of(label))


def test_split_holds_out_a_share_of_each_class():
    stills = make_stills([0] * 20 + [1] * 40)
    training, validation = split_by_class(stills, 0.1, seed=0)
    assert np.bincount(validation.labels).tolist() == [2, 4]
    assert not set(training.people) & set(validation.people)


def test_split_by_person_keeps_people_together():
    stills = make_stills([0, 2] * 6, [f"person{i // 2}" for i in range(12)])
    training, validation = split_by_person(stills, 3)
    assert not set(training.people) & set(validation.people)
    assert len(validation) == 4


def test_small_classes_are_drawn_more_often_than_they_occur():
    main = make_stills([0] * 90 + [1] * 10)
    weights = drawing_weights(main, [], class_power=0.5, extra_share=0.33)
    assert weights.sum() == pytest.approx(1)
    assert weights[main.labels == 1].sum() == pytest.approx(0.25)  # sqrt 10 : sqrt 90 is 1 : 3


def test_large_extra_collection_does_not_take_over():
    main, extra = make_stills([0] * 50 + [1] * 50), make_stills([0] * 5000)
    weights = drawing_weights(main, [extra], class_power=1, extra_share=0.25)
    both = join([main, extra])
    of_class = weights[both.labels == 0]
    assert of_class[50:].sum() / of_class.sum() == pytest.approx(0.2, abs=0.01)


def test_training_and_prediction_see_the_same_picture():
    canvases = np.random.default_rng(0).integers(0, 255, (2, 16, 16), np.uint8)
    smooth = np.kron(canvases, np.ones((4, 4), np.uint8))
    faces = [np.repeat(canvas[8:-8, 8:-8, None], 3, 2) for canvas in smooth]
    predicted = preprocess_crops(faces, face_preprocess(80))
    trained = center_view(torch.from_numpy(smooth), 80)
    assert torch.corrcoef(torch.stack([predicted.flatten(), trained.flatten()]))[0, 1] > 0.995


def test_random_views_repeat_with_their_seed_and_differ_without():
    canvases = torch.from_numpy(make_stills([0] * 4).images)
    one, same, other = (
        random_view(canvases, 32, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.equal(one, other)
    assert one.shape == (4, 3, 32, 32)
    assert torch.isfinite(one).all()


def test_without_strength_only_the_mirror_is_left():
    canvases = torch.from_numpy(make_stills([0] * 8).images)
    plain = center_view(canvases, 32)
    views = random_view(canvases, 32, torch.Generator().manual_seed(0), strength=0.0)
    for view, centre in zip(views, plain, strict=True):
        alike = [torch.corrcoef(torch.stack([view.flatten(), c.flatten()]))[0, 1]
                 for c in (centre, centre.flip(-1))]  # fmt: skip
        assert max(alike) > 0.98


def test_flat_image_is_no_amplified_noise():
    flat = torch.full((1, 64, 64), 128, dtype=torch.uint8)
    assert center_view(flat, 32).abs().max() < 1e-3


@pytest.mark.parametrize(("box", "seen_px"), [(0.7, 34), (1.0, 48), (1.3, 62), (4 / 3, 64)])
def test_a_wider_box_sees_more_of_the_canvas(box, seen_px):
    canvas = torch.zeros(1, 64, 64, dtype=torch.uint8)
    edge = (64 - seen_px) // 2
    canvas[:, edge : 64 - edge, edge : 64 - edge] = 200
    # What fills the view evenly is black or white after standardising only where an edge is seen.
    assert center_view(canvas, seen_px, box).abs().max() < 1e-3
    canvas[:, :, edge] = 0
    assert center_view(canvas, seen_px, box)[0, 0, :, 0].mean() < -1
