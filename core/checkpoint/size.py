"""How large is the model that settings ask for, before any of it is built?"""

from core.backbone_config import VOCABULARY, VisionTransformer
from core.config import ModelConfig, weights_per_width


def least_parameters(config: ModelConfig) -> int:
    """Parameters that are certainly among the stored ones; a file with fewer is another model's."""
    vision, text = config.backbone.vision, config.backbone.text
    count = 0
    if isinstance(vision, VisionTransformer):
        count += 12 * vision.layers * vision.width**2
    if text is not None:
        count += 12 * text.layers * text.width**2 + VOCABULARY * text.width
    if config.method == "a3lign":
        layers, tokens = config.synchronizer, config.tokens
        # OpenAI's smaller models have widths of 512.
        width, token_width = config.backbone.embed_dim or 512, text.width if text else 512
        # The first steps store the encoders, the last one the synchronizer in their place.
        depth = min(layers.text_layers, layers.layers)
        count += len(config.labels) * tokens.sentences * tokens.tokens * token_width
        count += (
            weights_per_width(depth, layers.heads, layers.head_width, layers.feedforward) * width
        )
    return count
