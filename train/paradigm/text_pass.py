"""The text path of a training step, shared out among the processes."""

import torch
from torch import Tensor

from core.model.method import Method
from train.runtime import parallel


class SentencePass:
    """Sentence features with a way back to the tokens.

    With several processes each encodes its share of the sentences; the features are exchanged,
    and on the way back each process turns the summed gradient of its share into one of tokens.

    Args:
        model: The model whose sentences are read.
        in_parts: Whether the loss goes backward several times, for some clips each: the way back
            through the text tower is then gone once, with the sum.
    """

    def __init__(self, model: Method, *, in_parts: bool = False) -> None:
        self._own: Tensor | None = None
        if parallel.world_size() == 1:
            self.features = model.sentence_features()  # (K, S, D)
            if in_parts:
                self._own = self.features.flatten(0, 1)
                self.features = self.features.detach().requires_grad_(True)
            return
        classes, sentences = model.sentence_shape
        count = classes * sentences
        self._own = model.encode_sentences(parallel.own_share(count))
        whole = parallel.collect(self._own.detach(), count)
        self.features = whole.view(classes, sentences, -1).requires_grad_(True)

    def backward(self) -> None:
        """Bring the gradient of ``features`` to the tokens, after the loss went backward."""
        if self._own is None:
            return
        gradient = self.features.grad
        if gradient is None:
            raise ValueError("the loss has not gone backward through the sentence features yet")
        parallel.add_up([gradient])
        own = parallel.own_share(gradient.shape[0] * gradient.shape[1])
        torch.autograd.backward(self._own, gradient.flatten(0, 1)[own])
