"""A layer that was not trained is seen in the report."""

from xml.etree.ElementTree import tostring

from core.results import EpochRecord
from train.report.layers import layer_elements, layer_rows


def record(stage, epoch, shares, norms):
    return EpochRecord(
        stage=stage, epoch=epoch, loss=1.0, layers=len(shares), handover=1.0, rates={},
        seconds=0.0, validation=None, layer_shares=shares, layer_norms=norms,
    )  # fmt: skip


def test_each_layer_has_its_joining_its_share_and_its_norm():
    records = [record("video", 1, (1.0, 0.0), (0.5, 0.0)), record("video", 2, (0.5, 0.1), (2.0, 0))]
    assert layer_rows(records) == [
        ["1", "1", "1.50", "100%", "2.000"],
        ["2", "2", "0.10", "7%", "0.000"],
    ]


def test_a_layer_that_never_moved_says_so():
    (_, second) = layer_rows([record("video", 1, (1.0, 0.0), (0.5, 0.0))])
    assert second[1:4] == ["never", "0.00", "0%"]


def test_every_growing_stage_is_shown_and_others_leave_no_trace():
    history = [
        record("text", 1, (1.0,), (0.3,)), record("video", 1, (1.0,), (0.4,)),
        record("joint", 1, (), ()),
    ]  # fmt: skip
    page = "".join(tostring(element, encoding="unicode") for element in layer_elements(history))
    assert "Step text" in page
    assert "Step video" in page
    assert "joint" not in page
    assert not layer_elements(history[2:])
