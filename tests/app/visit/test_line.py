import threading

import pytest

from app.visit.forecast import MOST_BEGUN, TURN_S
from app.visit.jobs import CancelledError
from app.visit.line import Line, LineFullError
from app.visit.workload import Workload


def test_first_come_first_served_and_everybody_sees_their_place():
    line = Line()
    first, second, third = (line.join(owner) for owner in "abc")
    assert [ticket.place for ticket in (first, second, third)] == [0, 1, 2]
    with first:
        pass
    assert (second.place, third.place) == (0, 1)


def test_an_owner_waits_once_but_may_wait_while_working():
    line = Line()
    working, waiting = line.join("a"), line.join("a")
    again, other = line.join("a"), line.join("b")
    assert working.place == 0
    with pytest.raises(CancelledError):
        _ = waiting.place
    assert (again.place, other.place) == (1, 2)


def test_a_full_line_says_so_and_one_owner_cannot_fill_it():
    line = Line(most=2)
    for _ in range(9):
        line.join("a")
    line.join("b")
    with pytest.raises(LineFullError, match="Too many"):
        line.join("c")


def test_the_wait_is_estimated_from_the_frames_of_those_before():
    now = [0.0]
    line = Line(clock=lambda: now[0])
    assert line.join("a").left_s is None
    line = Line(clock=lambda: now[0])
    for frames, took_s in ((40, 4.0), (160, 6.0)):  # 0.05 s for each
        with line.join("a", Workload(frames=frames)) as ticket:
            assert ticket.place == 0
            now[0] += took_s
    working, short, last = (
        line.join(owner, Workload(frames=frames))
        for owner, frames in (("b", 60), ("c", 20), ("d", 9))
    )
    assert working.place == 0
    assert (working.left_s, short.left_s, last.left_s) == pytest.approx((0, 3.0, 4.0))
    now[0] += 2.0
    assert (short.left_s, last.left_s) == pytest.approx((1.0, 2.0))
    now[0] += 60.0  # longer than estimated: as good as done
    assert last.left_s == pytest.approx(1.0)
    with last:  # who leaves before the turn tells nothing
        now[0] += 99
    assert short.left_s < 1


def test_the_forecast_is_what_the_line_does(clock):
    frames = [400, 100, 20, 900, 60]
    line = Line(clock=clock)
    with line.join("before", Workload(frames=100)) as ticket:
        assert ticket.place == 0
        clock.now_s += 5.0  # 0.05 s for each frame
    tickets = [line.join(str(at), Workload(frames=each)) for at, each in enumerate(frames)]
    assert tickets[0].place == 0
    expected = [clock.now_s + ticket.left_s for ticket in tickets]
    left_s, first_turn = [each * 0.05 for each in frames], {}
    while any(left_s):
        working = next(at for at, each in enumerate(tickets) if left_s[at] and each.place == 0)
        first_turn.setdefault(working, clock.now_s)
        worked_s = min(TURN_S, left_s[working])
        clock.now_s += worked_s
        left_s[working] -= worked_s
        if left_s[working]:
            tickets[working].keep(at_once)
        else:
            with tickets[working]:
                pass
    assert [first_turn[at] for at in range(5)] == pytest.approx(expected)


def never():
    return False


def at_once():
    return True


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def places(*tickets):
    return [ticket.place for ticket in tickets]


def test_long_work_lets_others_work_in_between(clock):
    line = Line(clock=clock)
    long, short = line.join("a"), line.join("b")
    assert places(long, short) == [0, 1]
    long.keep(never)  # its turn is not over
    assert places(long, short) == [0, 1]
    clock.now_s += TURN_S
    long.keep(at_once)
    assert places(long, short) == [1, 0]
    with short:
        clock.now_s += 1.0
    assert places(long) == [0]


def test_work_that_is_alone_goes_on(clock):
    line = Line(clock=clock)
    ticket = line.join("a")
    assert ticket.place == 0
    clock.now_s += 100 * TURN_S
    ticket.keep(never)
    assert ticket.place == 0


def test_work_waits_in_its_steps_for_its_next_turn(clock):
    line = Line(clock=clock)
    long, short = line.join("a"), line.join("b")
    assert long.place == 0
    clock.now_s += TURN_S
    went_on = []
    thread = threading.Thread(target=lambda: went_on.append(long.keep(never)))
    thread.start()
    short.wait(never)
    assert went_on == []
    with short:
        pass
    thread.join(60)
    assert went_on == [None]


def test_nothing_further_begins_while_much_has_begun(clock):
    line = Line(clock=clock)
    tickets = [line.join(str(number)) for number in range(MOST_BEGUN + 2)]
    order = []
    for _ in range(2 * MOST_BEGUN):
        working = next(ticket for ticket in tickets if ticket.place == 0)
        order.append(int(working.owner))
        clock.now_s += TURN_S
        working.keep(at_once)
    assert order == 2 * list(range(MOST_BEGUN))
    with tickets[0]:
        pass
    assert MOST_BEGUN in [int(t.owner) for t in tickets[1:] if t.place == 0 or t.place == 1]


def test_an_owner_who_joins_again_ends_the_work_that_waits(clock):
    line = Line(clock=clock)
    long, other = line.join("a"), line.join("b")
    assert long.place == 0
    clock.now_s += TURN_S
    long.keep(at_once)
    line.join("a")
    with pytest.raises(CancelledError):
        long.keep(never)
    assert other.place == 0


def test_who_waits_may_leave(clock):
    line = Line(clock=clock)
    with line.join("a"), line.join("b") as waiting, pytest.raises(CancelledError):
        waiting.wait(at_once)
    with line.join("c") as alone:
        alone.wait(never)


def test_a_short_clip_goes_before_a_long_one_but_interrupts_nobody():
    now = [0.0]
    line = Line(clock=lambda: now[0])
    working, long = line.join("a", Workload(600)), line.join("b", Workload(600))
    now[0] = 60
    short = line.join("c", Workload(4))
    assert [ticket.place for ticket in (working, short, long)] == [0, 1, 2]


def test_a_long_clip_does_not_starve_behind_short_ones():
    now = [0.0]
    line = Line(clock=lambda: now[0])
    line.join("first", Workload(4))
    long = line.join("long", Workload(100))
    overtaking = 0
    for number in range(12):
        now[0] = 15.0 * number
        with line.join(f"short {number}", Workload(4)) as short:
            overtaking += short.place < long.place
    assert overtaking == 7  # those of the first 96 s
    assert long.place == 1
