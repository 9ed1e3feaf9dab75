import pytest

from app.about.confusion import confusion_table, score_rows

LABELS = ("happiness", "neutral")
COUNTS = [[3, 1], [2, 6]]


def test_each_scored_set_is_a_row():
    metrics = {
        "demo": False,
        "validation": {"war": 0.75, "uar": 0.75, "loss": 0.5, "confusion": COUNTS},
        "test_clips": {"war": 0.5, "uar": 0.4567},
        "test": {"war": 0.5, "uar": 0.5, "set": "Test: stills"},
        "other": {"war": 0.5, "uar": 0.5, "set": "x" * 999},
    }
    assert score_rows(metrics) == [
        {"name": "Validation", "war": "75.0%", "uar": "75.0%", "clips": "12"},
        {"name": "Test clips", "war": "50.0%", "uar": "45.7%", "clips": ""},
        {"name": "Test: stills", "war": "50.0%", "uar": "50.0%", "clips": ""},
        {"name": "Other", "war": "50.0%", "uar": "50.0%", "clips": ""},
    ]


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"demo": True},
        {"validation": {"war": 0.5}},
        {"validation": {"war": "0.5", "uar": 0.5}},
        {"validation": {"war": float("nan"), "uar": 0.5}},
        {"validation": {"war": 7, "uar": 0.5}},
        {"validation": [0.5, 0.5]},
    ],
)
def test_what_is_no_figure_is_passed_over(metrics):
    assert score_rows(metrics) == []
    assert confusion_table(metrics, LABELS) is None


def test_shares_are_of_the_true_class():
    table = confusion_table({"validation": {"confusion": COUNTS}}, LABELS)
    assert table["name"] == "Validation"
    assert table["columns"] == ["happiness", "neutral"]
    first, second = table["rows"]
    assert (first["label"], first["clips"]) == ("happiness", "4")
    assert [cell["text"] for cell in first["cells"]] == ["75%", "25%"]
    assert [cell["share"] for cell in second["cells"]] == [0.25, 0.75]
    assert [[cell["right"] for cell in row["cells"]] for row in table["rows"]] == [
        [True, False],
        [False, True],
    ]


def test_the_test_set_comes_first():
    other = [[1, 0], [0, 1]]
    metrics = {"validation": {"confusion": COUNTS}, "test": {"confusion": other}}
    assert confusion_table(metrics, LABELS)["name"] == "Test"


def test_a_class_without_clips_has_no_shares():
    table = confusion_table({"test": {"confusion": [[0, 0], [1, 1]]}}, LABELS)
    assert [cell["text"] for cell in table["rows"][0]["cells"]] == ["–", "–"]


@pytest.mark.parametrize(
    "counts", [[[1, 2]], [[1, 2], [3]], [[1, -1], [0, 1]], [["a", 1], [1, 1]], [1], "text", [[4]]]
)
def test_a_broken_matrix_is_not_shown(counts):
    assert confusion_table({"test": {"confusion": counts}}, LABELS) is None
