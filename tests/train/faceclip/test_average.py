import torch
from torch import nn

from train.faceclip.average import blend_weights


def filled(value):
    norm = nn.BatchNorm1d(2)
    for tensor in norm.state_dict().values():
        tensor.fill_(value)
    return norm


def test_a_share_of_the_other_state_is_mixed_in_and_counters_are_taken_over():
    model, other = filled(1), filled(5)
    blend_weights(model, other, 0.25)
    for name, tensor in model.state_dict().items():
        expected = 5 if name == "num_batches_tracked" else 2
        torch.testing.assert_close(tensor, torch.full_like(tensor, expected))
    assert torch.equal(other.running_mean, torch.full((2,), 5.0))
