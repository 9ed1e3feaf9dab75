"""From settings to a model; the only code that unpacks the settings."""

from functools import partial

from core.config import ModelConfig
from core.model.a3lign import A3lign
from core.model.backbone import FrozenClip
from core.model.method import Comparison
from core.model.temporal import TemporalBlock, TemporalTransformer
from core.model.tokens import AlignmentTokens


def build_model(config: ModelConfig, backbone: FrozenClip) -> A3lign:
    """Build the model around a backbone, with fresh weights from torch's global seed.

    Args:
        config: Sizes and switches.
        backbone: The frozen CLIP it will be trained on.
    """
    settings = config.synchronizer
    block = partial(
        TemporalBlock,
        backbone.embed_dim,
        heads=settings.heads,
        head_width=settings.head_width,
        feedforward=settings.feedforward,
        dropout=settings.dropout,
        kind=settings.block,
        start=settings.start,
    )
    encoder = partial(
        TemporalTransformer,
        backbone.embed_dim,
        block=block,
        length=config.frames,
        pooling=settings.pooling,
    )
    # Each pre-merge encoder sees one flow only, so one table serves it either way (A8).
    own = "shared" if settings.positions == "separate" else settings.positions
    return A3lign(
        backbone,
        Comparison(
            config.temperature,
            learn_temperature=config.learn_temperature,
            similarity=config.similarity,
        ),
        tokens=AlignmentTokens(
            backbone,
            classes=len(config.labels),
            sentences=config.tokens.sentences,
            tokens=config.tokens.tokens,
            deviation=config.tokens.deviation,
            descriptions=_descriptions(config) if config.tokens.start == "words" else None,
        ),
        text_encoder=encoder(layers=settings.text_layers, positions=own),
        video_encoder=encoder(layers=settings.video_layers, positions=own),
        synchronizer=encoder(layers=settings.layers, positions=settings.positions),
        text_head=settings.text_head,
    )


def _descriptions(config: ModelConfig) -> list[str]:
    return [f"a {label} face" for label in config.labels]
