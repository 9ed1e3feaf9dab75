import threading
import time

import pytest

from app.visit.jobs import CancelledError, Job
from core.errors import NoFaceError
from core.prediction import Progress


def test_a_job_returns_what_its_work_returns():
    job = Job(lambda _: "done")
    assert list(job.states())
    assert job.result() == "done"


def test_a_job_raises_what_its_work_raises():
    def work(progress):
        raise NoFaceError("none")

    with pytest.raises(NoFaceError):
        Job(work).result()


def test_progress_rises_over_the_stages():
    steps = [threading.Event() for _ in range(3)]
    seen = threading.Semaphore(0)

    def work(progress):
        for step, state in zip(
            steps,
            (Progress("read", 0.5, 1), Progress("read", 1.0, 2), Progress("align", 0.5, 2)),
            strict=True,
        ):
            progress(state)
            seen.release()
            step.wait(60)

    job = Job(work)
    shares = []
    for step in steps:
        seen.acquire(timeout=60)
        shares.append(job.state.done)
        step.set()
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    job.result()


def test_the_time_left_is_estimated_from_the_pace(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    hold = threading.Event()
    reported = threading.Event()

    def work(progress):
        progress(Progress("read", 0.5, 1))
        reported.set()
        hold.wait(60)

    job = Job(work)
    reported.wait(60)
    assert job.state.left_s is None
    clock[0] += 10
    # 47.5 % of the whole took 10 s.
    assert job.state.left_s == pytest.approx(10 * 0.525 / 0.475)
    hold.set()
    job.result()


def test_cancelling_stops_the_work_at_its_next_report():
    running = threading.Event()

    def work(progress):
        while True:
            progress(Progress("read", 0.1, 0))
            running.set()
            time.sleep(0.01)

    job = Job(work)
    running.wait(60)
    assert job.cancel(wait_s=60)
    with pytest.raises(CancelledError):
        job.result()
