import threading
import time

import pytest

from app.visit.turns import FairTurn


def start_waiting(turn, name, order):
    def wait():
        with turn:
            order.append(name)

    thread = threading.Thread(target=wait)
    before = len(turn._waiting)
    thread.start()
    while len(turn._waiting) == before:
        time.sleep(0.001)
    return thread


def test_turns_are_given_in_the_order_of_asking():
    turn, order = FairTurn(), []
    with turn:
        threads = [start_waiting(turn, name, order) for name in "abcdef"]
    for thread in threads:
        thread.join(60)
    assert order == list("abcdef")


def test_only_one_has_the_turn_at_a_time():
    turn, inside, most = FairTurn(), [], []

    def work():
        for _ in range(50):
            with turn:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 400
    assert max(most) == 1


def test_an_eager_visitor_cannot_overtake_a_waiting_one():
    turn, order = FairTurn(), []
    with turn:
        waiting = start_waiting(turn, "patient", order)
    with turn:
        order.append("eager")
    waiting.join(60)
    assert order == ["patient", "eager"]


def test_an_error_gives_the_turn_back():
    turn = FairTurn()
    with pytest.raises(ZeroDivisionError), turn:
        _ = 1 / 0
    with turn:
        pass
