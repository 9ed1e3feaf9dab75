import pytest

from app.visit.jobs import CancelledError
from app.visit.line import Line, LineFullError


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


def test_the_wait_is_estimated_from_the_turns_before():
    now = [0.0]
    line = Line(clock=lambda: now[0])
    assert line.left_s(2) is None
    for took_s in (4.0, 6.0):
        with line.join("a") as ticket:
            assert ticket.place == 0
            now[0] += took_s
    assert line.left_s(2) == 10.0
    with line.join("b"):  # who leaves before the turn tells nothing
        now[0] += 99
    assert line.left_s(2) == 10.0
