"""Votes on clips, from tables as they are exported."""

import numpy as np
import pytest

from core.errors import DataError
from tests.train import layouts
from train.data.layouts.registry import DataOptions, open_dataset
from train.data.votes import read_votes, soft_targets

HEADER = "1happy,2sad,3neutral,4angry,5surprise,6disgust,7fear,order,label"


@pytest.fixture
def dfew(tmp_path):
    return open_dataset(DataOptions([layouts.make_dfew(tmp_path / "dfew")], "dfew"))


def votes(tmp_path, dataset, *lines):
    path = tmp_path / "votes.csv"
    layouts.write_text(path, lines)
    return read_votes(path, dataset)


def test_shares_in_the_order_of_the_classes(tmp_path, dfew):
    found = votes(tmp_path, dfew, HEADER, "7,0,3,0,0,0,0,1,1", "0,5,0,0,0,0,5,00012.mp4,2", "1,0,0,0,0,0,0,777,1")  # fmt: skip  # noqa: E501
    assert found.shape == (12, 7)
    assert found[0] == pytest.approx([0.7, 0, 0.3, 0, 0, 0, 0])
    assert found[11] == pytest.approx([0, 0.5, 0, 0, 0, 0, 0.5])
    assert np.isnan(found[1:11]).all()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["clip,happy,sad", "1,1,1"], "no column for .*neutral"),
        ([HEADER.replace("order", "row"), "7,0,3,0,0,0,0,1,1"], "no column that names the clips"),
        ([HEADER, "0,0,0,0,0,0,0,1,1"], "votes.csv:2: votes must be counts"),
        ([HEADER, "-1,2,0,0,0,0,0,1,1"], "votes.csv:2: votes must be counts"),
        ([HEADER, "x,2,0,0,0,0,0,1,1"], "votes.csv:2: votes must be counts"),
        ([HEADER, "1,2,0,0,0,0,0,900,1"], "names no clip of dfew, such as 00001"),
        ([""], "is empty"),
    ],
)
def test_tables_that_are_none_are_said(tmp_path, dfew, lines, words):
    with pytest.raises(DataError, match=words):
        votes(tmp_path, dfew, *lines)


def test_targets_mix_votes_and_label():
    votes = np.array([[0.5, 0.5, 0], [np.nan] * 3], np.float32)
    labels = np.array([2, 1])
    assert soft_targets(votes, labels, 1.0).tolist() == [[0.5, 0.5, 0], [0, 1, 0]]
    assert soft_targets(votes, labels, 0.5)[0].tolist() == [0.25, 0.25, 0.5]
    assert soft_targets(votes, labels, 0.0).tolist() == np.eye(3)[labels].tolist()
