"""Timings exist, are positive, and their ratios are what their names say."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from tests.conftest import TINY_BACKBONE
from train.benchmark.launches import busy_s
from train.benchmark.processes import seconds_with_processes
from train.benchmark.results import describe
from train.benchmark.schedule import estimated_hours, run_schedule
from train.benchmark.steps import Bench, BenchSettings, synthetic_bank

SMALL = (
    ("frames", 4), ("tokens.sentences", 2), ("tokens.tokens", 3), ("synchronizer.heads", 2),
    ("synchronizer.head_width", 8), ("synchronizer.feedforward", 16), ("handover_epochs", 0),
    ("stages.0.epochs", 1), ("stages.1.epochs", 1), ("stages.2.epochs", 1),
)  # fmt: skip


@pytest.fixture
def settings():
    return BenchSettings(
        backbone=TINY_BACKBONE, device=torch.device("cpu"), batch_size=4, probe_frames=2,
        repeats=1, precision="float32", changes=SMALL,
    )  # fmt: skip


def test_ratios_follow_from_the_seconds(settings):
    result = Bench(settings).run()
    seconds, ratios = result["seconds"], result["ratios"]
    assert min(seconds.values()) > 0
    assert result["peak_memory_gb"] > 0.1
    tower, text = seconds["image tower, one batch"], seconds["text path forward"]
    for number, phase in ((1, "text"), (3, "joint")):
        step = seconds[f"step {phase}"]
        name = f"step {number}, online / cached features"
        assert ratios[name] == pytest.approx((tower + step) / step)
    video = seconds["step video"]
    naive = "step 2, online and recomputed text / cached and constant text"
    assert ratios[naive] == pytest.approx((tower + text + video) / video)


def test_the_image_tower_is_scaled_to_a_whole_batch(settings, monkeypatch):
    """16 frames make a batch of 4 clips: probing 2 of them must be multiplied by 8."""
    bench = Bench(settings)
    monkeypatch.setattr(bench, "_encode_s", lambda: 0.5)
    assert bench.run()["seconds"]["image tower, one batch"] == pytest.approx(4.0)


def test_a_step_is_a_real_step(settings):
    bench = Bench(settings)
    before = bench.model.tokens.embeddings.clone()
    bench.step_s(0)
    # At the very end of a cosine schedule the rate is small but not zero.
    assert not torch.equal(before, bench.model.tokens.embeddings)


def test_the_schedule_runs_to_its_end(settings):
    result = run_schedule(Bench(settings), clips=20, frames=5)
    assert result["seconds"] > sum(found["seconds_per_step"] for found in result["phases"].values())
    assert list(result["phases"]) == ["text", "video", "joint"]
    # The text tower works in the others, too.
    operators = {phase: found["operators"] for phase, found in result["phases"].items()}
    assert 100 < operators["video"] < operators["joint"]
    about = {"backbone": "X", "batch_size": 4, "peak_memory_gb": 1.0, "seconds": {}, "ratios": {}}
    gpu = {"seconds_per_step": 0.5, "operators": 9.0, "launches": 7.0, "idle": 0.25}
    text = describe(about | {"schedule": result | {"phases": {"video": gpu}}}, "cpu")
    assert "s  whole schedule, 20 clips of 5 frames" in text
    assert "0.5000 s  a step of video in it, 9 operators, 7 launches, GPU idle for 25%" in text


def test_time_in_which_several_kernels_run_counts_once():
    def event(start, end, kind="CUDA"):
        return SimpleNamespace(
            device_type=SimpleNamespace(name=kind), time_range=SimpleNamespace(start=start, end=end)
        )

    events = [event(50, 70), event(0, 20), event(10, 30), event(0, 900, "CPU")]
    assert busy_s(events) == pytest.approx(50e-6)


def test_hours_are_the_steps_and_frames_of_the_whole_schedule(settings):
    bench = Bench(settings)
    seconds = {
        "image tower, one batch": 16 * 0.1, "step text": 1.0, "step video": 2.0, "step joint": 3.0,
    }  # fmt: skip
    hours = estimated_hours(bench, seconds)
    steps = 9_356 / 4  # one epoch in each of the three stages
    assert hours["features of every frame, one view"] == pytest.approx(9_356 * 77 * 0.1 / 3600)
    assert hours["three steps on cached features"] == pytest.approx(6 * steps / 3600)
    assert hours["three steps with an online encoder"] == pytest.approx(
        (6 + 3 * 1.6) * steps / 3600
    )


def test_two_processes_share_a_step(settings):
    assert seconds_with_processes(settings, 2) > 0


def test_results_are_printed_with_their_unit(settings):
    text = describe(Bench(replace(settings)).run(), "cpu")
    assert "FaceCLIP, batch 4, cpu, peak memory" in text
    assert " ×  text path, 77 / shortest number of positions" in text


def test_synthetic_features_have_unit_length():
    bank = synthetic_bank(3, 8, 5)
    assert bank.lengths.tolist() == [5, 5, 5]
    assert bank.parts[0].shape == (15, 1, 8)
    norms = (bank.parts[0].astype("float32") ** 2).sum(-1)
    assert norms == pytest.approx(1, abs=1e-2)
