"""Two processes that share each step end where one ends alone, for every method that is trained.

Threads stand for the processes here: what they exchange goes through ``train.runtime.parallel``.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.config import ModelConfig
from core.model.build import build_model
from core.model.registry import find_method, method_names
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES
from tests.train.paradigm.test_order import little
from train.paradigm.epoch_plan import EpochPlan
from train.paradigm.loop import Loop
from train.paradigm.stages import Stage
from train.runtime import parallel

TRAINED = [name for name in method_names() if find_method(name).model.PHASES]
PROCESSES = 2


class Processes:
    """What the module of that name does, among threads."""

    def __init__(self):
        self.barrier = threading.Barrier(PROCESSES, timeout=60)
        self.own = threading.local()
        self.given = {}

    def rank(self):
        return self.own.rank

    def own_share(self, count):
        return slice(count * self.rank() // PROCESSES, count * (self.rank() + 1) // PROCESSES)

    def add_up(self, tensors):
        tensors = list(tensors)
        self.given[self.rank()] = [tensor.clone() for tensor in tensors]
        self.barrier.wait()
        for tensor, parts in zip(tensors, zip(*self.given.values(), strict=True), strict=True):
            tensor.copy_(sum(parts))
        self.barrier.wait()


def train(model, config, material):
    stage = Stage(model, config.stages[-1], config)
    gatherer = material.gatherer
    loop = Loop(model, stage, stage.optimizer(), gatherer=gatherer, labels=material.labels, seed=0)
    clips = np.array([0, 1, 2, 3, 4])
    plan = EpochPlan(clips, np.array([[0, 1, 1, 0]] * 5), np.array([0, 1, 2, 0, 1]))
    loss = loop.run_epoch(plan, 0).loss
    return loss, {name: tensor.clone() for name, tensor in model.state_dict().items()}


def distance(one, other):
    return float(torch.stack([(one[name] - other[name]).norm() for name in one]).norm())


@pytest.mark.parametrize("method", TRAINED)
def test_two_processes_end_where_one_ends(method, toy_material, tiny_backbone, monkeypatch):
    config = replace(little(method), frames=4, batch_size=3)
    # Adam would make of a gradient's rounding what it makes of the gradient.
    stage = config.stages[-1]
    fast = replace(stage, rates=dict.fromkeys(stage.rates, 0.1))
    config = replace(config, optimizer="sgd", stages=(*config.stages[:-1], fast))
    if method == "a3lign":
        config = replace(config, tokens=replace(config.tokens, sentences=4))
    torch.manual_seed(1)
    base = ModelConfig(labels=CLASSES, backbone=TINY_BACKBONE)
    model = build_model(config.model_config(base), tiny_backbone)
    model.phase = config.stages[-1].phase
    models = [deepcopy(model) for _ in range(PROCESSES)]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss, expected = train(model, config, toy_material)
    change = distance(expected, before)
    assert change > 1e-3

    processes = Processes()

    def process(rank):
        processes.own.rank = rank
        try:
            return train(models[rank], config, toy_material)
        except BaseException:
            processes.barrier.abort()
            raise

    monkeypatch.setattr(parallel, "world_size", lambda: PROCESSES)
    for name in ("rank", "own_share", "add_up"):
        monkeypatch.setattr(parallel, name, getattr(processes, name))
    with ThreadPoolExecutor(PROCESSES) as pool:
        found = list(pool.map(process, range(PROCESSES)))
    for their_loss, weights in found:
        assert their_loss == pytest.approx(loss, rel=1e-5)
        assert distance(weights, expected) < 1e-3 * change
