"""The tiny CLIP of the weight files stands in the place of ViT-B-32 here, too."""

from tests.core.weights.conftest import plain, tiny_architecture

__all__ = ["plain", "tiny_architecture"]
