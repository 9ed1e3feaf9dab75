"""A fall in the hand-over is seen in the report."""

from xml.etree.ElementTree import tostring

from core.results import EpochRecord, Scores
from train.report.handover import handover_elements


def record(stage, epoch, handover, war):
    scores = None if war is None else Scores(war=war, uar=war, loss=1.0)
    return EpochRecord(
        stage=stage, epoch=epoch, loss=1.0, layers=1, handover=handover, rates={}, seconds=0.0,
        validation=scores,
    )  # fmt: skip


def text(history):
    return "".join(tostring(each, encoding="unicode") for each in handover_elements(history))


def test_every_epoch_of_the_blend_is_shown_from_the_one_before_to_the_first_alone():
    wars = [0.5, 0.9, 0.8, 0.6, 0.7, 0.95]
    blend = [1.0, 1.0, 0.3, 0.6, 1.0, 1.0]
    history = [
        record(stage, epoch, share, war)
        for stage, epoch, share, war in zip(
            ["video"] * 2 + ["joint"] * 4, [1, 2, 1, 2, 3, 4], blend, wars, strict=True
        )
    ]
    page = text(history)
    assert "WAR was 0.900 before it, and lowest in epoch 2 of it: 0.600" in page
    assert [f">{stage}<" in page for stage in ("video 1", "video 2", "joint 3", "joint 4")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert ">60%<" in page


def test_without_a_validation_part_or_a_blend_less_is_said():
    history = [record("video", 1, 1.0, None), record("joint", 1, 0.5, None)]
    assert "joint 1" in text(history)
    assert "lowest" not in text(history)
    assert not handover_elements(history[:1])
    assert not handover_elements([])
