"""The time left over all stages and runs, by a clock that the test turns."""

import pytest

from train.watching.progress import Progress, in_words
from train.watching.route import Route

STAGES = [("text", 4), ("video", 2)]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def route(clock):
    route = Route(clock)
    route.plan("a", STAGES)
    route.plan("b", STAGES)
    return route


def run(route, clock, name, epochs, seconds):
    for stage, epoch in epochs:
        clock.now += seconds[stage]
        route.step(name, {"stage": stage, "epoch": epoch})


def test_stages_have_their_own_cost(route, clock):
    assert (route.epochs, route.done, route.seconds_left()) == (12, 0, None)
    route.start("a", [])
    costs = {"text": 10.0, "video": 1.0}
    run(route, clock, "a", [("text", 1), ("text", 2)], costs)
    # Of the unknown stage only that epochs took 10 s so far.
    assert route.seconds_left() == pytest.approx((2 + 4 + 4) * 10)
    run(route, clock, "a", [("text", 3), ("text", 4), ("video", 1)], costs)
    assert route.done == 5
    assert route.seconds_left() == pytest.approx(4 * 10 + 3 * 1)
    run(route, clock, "a", [("video", 2)], costs)
    route.finish("a")
    clock.now += 1000  # judging and opening what comes next is no epoch
    route.start("b", [])
    run(route, clock, "b", [("text", 1)], costs)
    assert route.seconds_left() == pytest.approx(3 * 10 + 2 * 1)


def test_what_was_run_before_costs_nothing_and_is_not_run_again(route, clock):
    route.finish("a")
    assert route.done == 6
    route.start("b", [{"stage": "video", "epoch": 1}])
    assert (route.done, route.seconds_left()) == (11, None)
    run(route, clock, "b", [("video", 2)], {"video": 3.0})
    assert (route.done, route.seconds_left()) == (12, 0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (3600 * 5 + 61, "5 h 1 min"),
     (86400 * 3 + 3600, "3 d 1 h")],
)  # fmt: skip
def test_durations_in_words(seconds, said):
    assert in_words(seconds) == said


def test_the_line_says_where_it_is_and_what_is_left(route, clock, capsys):
    line = Progress(route)
    watcher = line.of_run("a", "a3lign fold 2")
    watcher.begin([])
    clock.now += 60
    scores = {"war": 0.5, "uar": 0.25, "loss": 1.0}
    watcher.epoch([{"stage": "text", "epoch": 1, "loss": 1.5, "validation": scores}])
    line.close()
    said = capsys.readouterr().err
    for words in ("a3lign fold 2 text", "1/12 epochs", "about 11 min 0 s left", "loss 1.500, WAR 0.500, UAR 0.250"):  # fmt: skip  # noqa: E501
        assert words in said
