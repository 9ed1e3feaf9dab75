from concurrent.futures import ThreadPoolExecutor

import pytest

from app.live.line import MOST_FRAMES, OLD_AFTER_S, BusyError, FrameLine


def wait_until(line, count):
    while len(line) != count:
        pass


def test_frames_that_arrived_in_disorder_go_by_their_time():
    line, order = FrameLine(), []

    def look(time_s):
        with line.turn(time_s):
            order.append(time_s)

    with ThreadPoolExecutor() as pool:
        with line.turn(1.0):
            asked = []
            for place, time_s in enumerate((3.0, 2.0)):
                asked.append(pool.submit(look, time_s))
                wait_until(line, place + 2)
        for each in asked:
            each.result(60)
    assert order == [2.0, 3.0]


def test_no_more_than_so_many_wait():
    line = FrameLine()

    def look(time_s):
        with line.turn(time_s):
            pass

    with ThreadPoolExecutor() as pool, line.turn(0.0):
        for number in range(1, MOST_FRAMES):
            pool.submit(look, float(number))
            wait_until(line, number + 1)
        with pytest.raises(BusyError, match="still being looked at"):
            look(9.0)


@pytest.mark.parametrize("time_s", [1.0, 2.0])
def test_what_was_overtaken_is_dropped(time_s):
    line = FrameLine()
    with line.turn(2.0):
        pass
    with pytest.raises(BusyError, match="newer"), line.turn(time_s):
        pass
    assert len(line) == 0


def test_an_old_frame_gives_way_to_a_newer_one_only():
    now = [0.0]
    line, seen = FrameLine(clock=lambda: now[0]), []

    def look(time_s):
        with line.turn(time_s):
            seen.append(time_s)

    with ThreadPoolExecutor() as pool:
        with line.turn(1.0):
            old = pool.submit(look, 2.0)
            wait_until(line, 2)
            new = pool.submit(look, 3.0)
            wait_until(line, 3)
            now[0] = OLD_AFTER_S + 0.1
        with pytest.raises(BusyError, match="old"):
            old.result(60)
        new.result(60)
    assert seen == [3.0]


def test_a_frame_that_fails_makes_room():
    line = FrameLine()
    with pytest.raises(ValueError, match="damaged"), line.turn(1.0):
        raise ValueError("damaged")
    with line.turn(2.0):
        assert len(line) == 1
