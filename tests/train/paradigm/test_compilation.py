"""torch.compile is a switch: the same function under the same names, and nothing on processors."""

from dataclasses import replace

import pytest
import torch

from core.config import ModelConfig
from core.model.build import build_model
from tests.conftest import TINY_BACKBONE
from train.paradigm.epoch_plan import plan_epoch
from train.paradigm.loop import Loop
from train.paradigm.stages import Stage
from train.runtime.compilation import compile_parts


def trained(toy_fit, material, backbone, compiled):
    """Weights after two epochs of step 2, in which a layer joins."""
    torch.manual_seed(1)
    config = replace(toy_fit, synchronizer=replace(toy_fit.synchronizer, dropout=0.0))
    model = build_model(config.model_config(ModelConfig(backbone=TINY_BACKBONE)), backbone)
    if compiled:
        assert compile_parts(model, compiled, torch.device("cuda"), backend="eager")
    stage = Stage(model, config.stages[1], config)
    gatherer = material.gatherer
    loop = Loop(model, stage, stage.optimizer(), gatherer=gatherer, labels=material.labels, seed=0)
    for epoch in range(2):
        rows, lengths = material.fold.train, gatherer.lengths
        plan = plan_epoch(rows, material.labels, lengths, config, views=3, seed=(0, epoch))
        loop.run_epoch(plan, epoch)
    return model.state_dict()


# Of the compiler's own looking around; what it compiles reads no such gradient.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_compiled_layers_learn_the_same_under_the_same_names(toy_fit, toy_material, tiny_backbone):
    """With the compiler's reader but not its code generator, which takes minutes."""
    from torch._dynamo.utils import counters

    counters.clear()
    expected = trained(toy_fit, toy_material, tiny_backbone, None)
    assert not counters["stats"]["unique_graphs"]
    found = trained(toy_fit, toy_material, tiny_backbone, "default")
    assert counters["stats"]["unique_graphs"] >= 2
    assert not counters["graph_break"]
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("how", ["default", "reduce-overhead", "no"])
def test_on_a_processor_everything_stays_as_it_is(toy_fit, tiny_backbone, how, monkeypatch):
    config = toy_fit.model_config(ModelConfig(backbone=TINY_BACKBONE))
    model = build_model(config, tiny_backbone)
    monkeypatch.setattr(torch.nn.Module, "compile", None)
    assert not compile_parts(model, how, torch.device("cpu"))


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_fused_optimiser_makes_the_same_steps(optimizer):
    """As a card runs it; a processor can, too."""
    results = []
    for fused in (None, True):
        weight = torch.nn.Parameter(torch.linspace(-1, 1, 12).view(3, 4))
        kinds = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}
        more = {"momentum": 0.9} if optimizer == "sgd" else {}
        steps = kinds[optimizer](
            [{"params": [weight], "weight_decay": 0.1}], lr=0.1, fused=fused, **more
        )
        for _ in range(5):
            steps.zero_grad()
            (weight**3).sum().backward()
            steps.step()
        results.append(weight.detach())
    torch.testing.assert_close(*results)
