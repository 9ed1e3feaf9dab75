import json

import pytest

from app.clip.second_opinion import sees_alike
from app.models.shelf import MAX_OPEN, ModelsBusyError, ModelShelf, find_sources, sharing_opener
from app.visit.sessions import SessionEndedError, SessionStore
from core.errors import CheckpointError
from core.predictor import load_predictor
from tests.app.conftest import FakePredictor


@pytest.fixture
def opened():
    """Sources in the order in which they were loaded."""
    return []


@pytest.fixture
def make_shelf(opened):
    def make(sources, **options):
        def open_model(name, source):
            opened.append(source)
            if source == "broken":
                raise CheckpointError("broken is no checkpoint")
            return FakePredictor(checkpoint_name=name)

        return ModelShelf(FakePredictor(), sources, opener=open_model, **options)

    return make


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path)


def test_every_visit_begins_with_the_pages_own_model(make_shelf, store):
    shelf = make_shelf({"other": "there"})
    assert shelf.names() == ["fake", "other"]
    assert shelf.chosen(store.get("visitor")).name == "fake"


def test_a_choice_is_the_visitors_own_and_the_model_everybodys(make_shelf, store, opened):
    shelf = make_shelf({"other": "there"})
    first, second, third = map(store.get, "abc")
    shelf.choose(first, "other")
    shelf.choose(second, "other")
    assert shelf.chosen(first) is shelf.chosen(second)
    assert shelf.chosen(third).name == "fake"
    assert opened == ["there"]
    shelf.choose(first, "fake")
    assert shelf.chosen(first).name == "fake"
    assert shelf.chosen(second).name == "other"


def test_no_more_models_stay_loaded_than_the_bound(make_shelf, store, opened):
    names = [f"model {number}" for number in range(MAX_OPEN + 2)]
    shelf = make_shelf({name: name for name in names})
    visitor = store.get("visitor")
    for name in names:
        shelf.choose(visitor, name)
        assert len(shelf._alive) <= MAX_OPEN
    # The one chosen last and the one before it are still there; the first is read again.
    shelf.choose(visitor, names[-2])
    assert opened == names
    shelf.choose(visitor, names[0])
    assert opened == [*names, names[0]]


def test_a_model_in_use_is_never_taken_away(make_shelf, store):
    names = [f"model {number}" for number in range(MAX_OPEN + 1)]
    shelf = make_shelf({name: name for name in names})
    for name in names[:-1]:
        shelf.choose(store.get(name), name)
    late = store.get("late")
    with pytest.raises(ModelsBusyError, match="in use"):
        shelf.choose(late, names[-1])
    assert shelf.chosen(late).name == "fake"
    assert shelf.chosen(store.get(names[0])).name == names[0]
    # Once a visitor has left, there is room.
    store.close(store.get(names[0]))
    assert shelf.choose(late, names[-1]).name == names[-1]


def test_work_keeps_the_model_it_began_with(make_shelf, store):
    shelf = make_shelf({str(number): str(number) for number in range(MAX_OPEN + 1)})
    visitor = store.get("visitor")
    working = shelf.choose(visitor, "0")
    for number in range(1, MAX_OPEN + 1):
        shelf.choose(visitor, "fake")
        shelf.choose(visitor, str(number))
    assert shelf.open("0") is working


def test_a_model_that_cannot_be_loaded_changes_nothing(make_shelf, store):
    shelf = make_shelf({"bad": "broken"})
    visitor = store.get("visitor")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        shelf.choose(visitor, "bad")
    assert shelf.chosen(visitor).name == "fake"


def test_nobody_chooses_after_the_visit(make_shelf, store):
    shelf = make_shelf({"other": "there"})
    visitor = store.get("visitor")
    store.close(visitor)
    with pytest.raises(SessionEndedError):
        shelf.choose(visitor, "other")
    assert not visitor.values


@pytest.mark.parametrize("name", ["/etc", "../secret", "owner/name", "app/clip", ""])
def test_visitors_name_nothing_else(make_shelf, store, opened, name):
    with pytest.raises(CheckpointError, match="choose one of"):
        make_shelf({}).choose(store.get("visitor"), name)
    assert not opened


@pytest.mark.parametrize(
    "name", ["/etc", "../secret", "a/b/c", "assets/checkpoint", "a/..", " a/b"]
)
def test_a_hub_id_is_no_path(make_shelf, store, opened, name):
    with pytest.raises(CheckpointError, match="owner/name"):
        make_shelf({}, hub=True).choose(store.get("visitor"), name)
    assert not opened


def test_a_hub_id_is_passed_on_where_it_is_allowed(make_shelf, store, opened):
    shelf = make_shelf({}, hub=True)
    assert shelf.choose(store.get("visitor"), "owner/name").name == "owner/name"
    assert opened == ["owner/name"]
    assert shelf.names() == ["fake"]


def make_checkpoint(folder):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({}))


def test_places_are_folders_of_checkpoints_checkpoints_or_ids(tmp_path):
    for name in ("many/b", "many/a", "alone", "other/a"):
        make_checkpoint(tmp_path / name)
    (tmp_path / "many" / "notes").mkdir()
    places = [
        str(tmp_path / "many"),
        str(tmp_path / "alone"),
        "owner/name",
        str(tmp_path / "other"),
    ]
    found = find_sources(places, taken="b")
    assert list(found) == ["zero-shot", "a", "b (2)", "alone", "owner/name", "a (2)"]
    assert found["a (2)"] == str((tmp_path / "other" / "a").resolve())
    assert found["owner/name"] == "owner/name"


def test_a_place_without_a_checkpoint_is_refused_at_the_start(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        find_sources([str(tmp_path)])
    with pytest.raises(CheckpointError, match="no folder"):
        find_sources([str(tmp_path / "missing" / "far")])


def test_further_models_share_the_detector_and_bear_the_pages_name(tiny_checkpoint):
    own = FakePredictor()
    other = sharing_opener(own)("a name", str(tiny_checkpoint))
    assert other.detector is own.detector
    assert other.checkpoint_name == "a name"
    wrapped = sharing_opener(own, wrap=lambda predictor: (predictor, "wrapped"))
    assert wrapped("a name", str(tiny_checkpoint))[1] == "wrapped"


def test_the_baseline_shares_the_backbone_and_sees_alike(tiny_checkpoint, store):
    own = load_predictor(tiny_checkpoint, device="cpu", detector="center")
    shelf = ModelShelf(own, find_sources([]))
    baseline = shelf.choose(store.get("visitor"), "zero-shot")
    assert baseline.predictor.recognizer.model.backbone is own.recognizer.model.backbone
    assert baseline.predictor.labels == own.labels
    assert sees_alike(baseline, shelf.own)
    baseline.predictor.recognizer.model.comparison.similarity = "dot"
    assert own.recognizer.model.comparison.similarity == "cosine"
