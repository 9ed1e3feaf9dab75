import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import TrainingError
from core.labels import SEVEN
from tests.conftest import TINY_BACKBONE
from tests.machine import SEED
from train.faceclip.config import PretrainConfig
from train.faceclip.contrastive import Pretraining
from train.faceclip.losses import label_aware_loss
from train.faceclip.naming import class_vectors, image_features, score_stills
from train.faceclip.stills.sources import Stills
from train.faceclip.teachers import Lessons, Teacher, lessons_from

SETTINGS = PretrainConfig(
    epochs=2,
    draws_per_epoch=32,
    batch_size=8,
    warmup_steps=1,
    captions_per_class=1,
    mixup=0.2,
    learning_rate=3e-3,
    seed=SEED,
)


@pytest.fixture
def stills():
    """Two classes that a glance tells apart: bright above, bright below."""
    labels = np.arange(24) % 2
    images = np.full((24, 64, 64), 40, np.uint8)
    images[labels == 0, :32] = 220
    images[labels == 1, 32:] = 220
    return Stills(images, labels.astype(np.int64), np.array([f"p{i}" for i in range(24)]))


def make_run(stills, folder, settings=SETTINGS):
    weights = np.full(len(stills), 1 / len(stills))
    return Pretraining(TINY_BACKBONE, settings, stills, weights, folder, torch.device("cpu"))


def test_loss_is_least_where_images_match_their_captions():
    targets = torch.eye(2)
    right = torch.tensor([[9.0, 9.0, 0.0, 0.0], [0.0, 0.0, 9.0, 9.0]])  # two captions a class
    assert label_aware_loss(right, targets) < label_aware_loss(right.flip(1), targets)


def test_loss_of_equal_scores_is_the_entropy_of_guessing():
    # ln 4 over the captions and ln 2 over the images, averaged.
    loss = label_aware_loss(torch.zeros(2, 4), torch.eye(2))
    assert loss.item() == pytest.approx((np.log(4) + np.log(2)) / 2, abs=1e-6)


@pytest.mark.trains
def test_training_lowers_the_loss(stills, tmp_path):
    settings = PretrainConfig(
        epochs=6, draws_per_epoch=64, batch_size=16, warmup_steps=1, captions_per_class=1,
        learning_rate=3e-3, seed=SEED,
    )  # fmt: skip
    run = make_run(stills, tmp_path, settings)
    losses = [run.train_epoch() for _ in range(6)]
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.trains
def test_interrupted_run_ends_in_the_same_weights(stills, tmp_path):
    straight = make_run(stills, tmp_path / "straight")
    straight.run(stills)
    first = make_run(stills, tmp_path / "broken")
    first.train_epoch()
    first.save()
    second = make_run(stills, tmp_path / "broken")
    assert second.resume()
    second.run(stills)
    for name, weight in straight.average.model.state_dict().items():
        torch.testing.assert_close(
            second.average.model.state_dict()[name], weight, rtol=0, atol=0, msg=name
        )


def test_a_damaged_state_gives_way_to_the_one_before_and_both_to_a_sentence(stills, tmp_path):
    straight = make_run(stills, tmp_path / "straight")
    straight.run(stills)
    make_run(stills, tmp_path / "cut").run(stills)
    (tmp_path / "cut/state.pt").write_bytes(b"half")
    second = make_run(stills, tmp_path / "cut")
    assert second.resume()
    assert second.epoch == 1
    second.run(stills)
    assert [record["epoch"] for record in second.history] == [1, 2]
    weight = straight.average.model.visual.conv1.weight
    assert torch.equal(second.average.model.visual.conv1.weight, weight)
    for name in ("state.pt", "state-before.pt"):
        (tmp_path / "cut" / name).write_bytes(b"half")
    with pytest.raises(TrainingError, match=r"state-before\.pt is damaged"):
        make_run(stills, tmp_path / "cut").resume()


def test_fresh_folder_has_nothing_to_resume(stills, tmp_path):
    assert not make_run(stills, tmp_path).resume()


def test_a_run_that_starts_from_another_names_stills_as_that_one_did(stills, tmp_path):
    first = make_run(stills, tmp_path / "first")
    first.train_epoch()
    second = make_run(stills, tmp_path / "second")
    second.start_from(first.average.model)
    expected = class_vectors(first.average.model)
    torch.testing.assert_close(class_vectors(second.model), expected)
    torch.testing.assert_close(class_vectors(second.average.model), expected)


def test_a_student_goes_on_from_its_teachers_text_tower(stills, tmp_path):
    teacher = make_run(stills, tmp_path / "teacher")
    teacher.train_epoch()
    student = make_run(stills, tmp_path / "student")
    student.learn_from([Teacher(teacher.average.model, 32)])
    expected = class_vectors(teacher.average.model)
    torch.testing.assert_close(class_vectors(student.model), expected)
    torch.testing.assert_close(class_vectors(student.average.model), expected)
    assert not torch.equal(student.model.visual.conv1.weight, teacher.model.visual.conv1.weight)


@pytest.mark.trains
def test_a_student_comes_to_see_faces_as_its_teacher_does(stills, tmp_path):
    teacher = make_run(stills, tmp_path / "teacher").average.model
    images = torch.from_numpy(stills.images)
    taught = image_features(teacher, images, 32)
    settings = PretrainConfig(
        epochs=4, draws_per_epoch=64, batch_size=16, warmup_steps=1, captions_per_class=1,
        learning_rate=3e-3, classifier_weight=0.0, imitation_weight=100.0, variation=0.0,
        seed=SEED + 1,
    )  # fmt: skip
    student = make_run(stills, tmp_path / "student", settings)
    student.learn_from([Teacher(teacher, 32)])
    before = (image_features(student.model, images, 32) * taught).sum(1).mean()
    for _ in range(4):
        student.train_epoch()
    after = (image_features(student.model, images, 32) * taught).sum(1).mean()
    assert after > before + 0.2


def test_a_student_that_resumes_keeps_its_own_text_tower(stills, tmp_path):
    teacher = make_run(stills, tmp_path / "teacher")
    student = make_run(stills, tmp_path / "student")
    student.train_epoch()
    before = class_vectors(student.model)
    student.learn_from([Teacher(teacher.model, 32)])
    torch.testing.assert_close(class_vectors(student.model), before)


def test_opinions_are_the_mean_of_what_the_teachers_say(stills, tmp_path):
    towers = [
        make_run(stills, tmp_path / str(seed), replace(SETTINGS, seed=seed)) for seed in (0, 1)
    ]
    teachers = [Teacher(run.average.model, 32) for run in towers]
    images = torch.from_numpy(stills.images)
    both = lessons_from(teachers, images)
    alone = [lessons_from([teacher], images) for teacher in teachers]
    torch.testing.assert_close(both.opinions, (alone[0].opinions + alone[1].opinions) / 2)
    torch.testing.assert_close(both.opinions.sum(1), torch.ones(24))
    torch.testing.assert_close(both.features, alone[0].features)


@pytest.mark.trains
@pytest.mark.parametrize(("distillation", "said"), [(0.0, {0, 1}), (1.0, {6})])
def test_opinions_take_the_place_of_labels(stills, tmp_path, distillation, said):
    """The labels are happiness and sadness; the teachers call every face afraid."""
    settings = PretrainConfig(
        epochs=6, draws_per_epoch=64, batch_size=16, warmup_steps=1, captions_per_class=1,
        learning_rate=3e-3, distillation=distillation, imitation_weight=0.0, seed=SEED,
    )  # fmt: skip
    student = make_run(stills, tmp_path, settings)
    student.lessons = Lessons(torch.zeros(24, 16), torch.eye(len(SEVEN))[[6] * 24])
    for _ in range(6):
        student.train_epoch()
    now = lessons_from([Teacher(student.model, 32)], student.images)
    assert set(now.opinions.argmax(1).tolist()) <= said


def test_images_grow_to_the_size_of_prediction(stills, tmp_path):
    settings = PretrainConfig(epochs=10, early_image_size=24, early_share=0.7)
    run = make_run(stills, tmp_path, settings)
    assert run.size > 24
    assert [run.size_at(epoch) for epoch in range(10)] == [24] * 7 + [run.size] * 3


def test_history_has_one_line_per_epoch(stills, tmp_path):
    make_run(stills, tmp_path).run(stills)
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    assert {"loss", "war", "uar", "seconds"} <= json.loads(lines[0]).keys()


def test_average_lags_behind_the_model(stills, tmp_path):
    run = make_run(stills, tmp_path)
    start = run.model.visual.conv1.weight.detach().clone()
    run.train_epoch()
    moved = (run.model.visual.conv1.weight - start).abs().mean()
    followed = (run.average.model.visual.conv1.weight - start).abs().mean()
    assert 0 < followed < moved


def test_class_vectors_have_unit_length_and_one_row_per_class(tiny_backbone):
    vectors = class_vectors(tiny_backbone.clip)
    assert vectors.shape == (len(SEVEN), 16)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(SEVEN)))


def test_scores_are_shares(tiny_backbone, stills):
    scores = score_stills(tiny_backbone.clip, stills, 32)
    assert 0 <= scores["war"] <= 1
    assert 0 <= scores["uar"] <= 1
