"""How A3lign-DFER is built; its class is ``core.model.a3lign``."""

from functools import partial

from pydantic.dataclasses import dataclass

from core.config import ModelConfig
from core.model.a3lign import A3lign
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import MethodEntry
from core.model.positions import PositionKind, Positions
from core.model.temporal import TemporalBlock, TemporalTransformer
from core.model.tokens import AlignmentTokens
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class A3lignOptions:
    """None: ``ModelConfig.tokens`` and ``ModelConfig.synchronizer`` are A3lign's settings."""


def build_a3lign(config: ModelConfig, backbone: FrozenClip) -> A3lign:
    """Build the model; see ``build_model``."""
    settings = config.synchronizer
    block = partial(
        TemporalBlock,
        backbone.embed_dim,
        heads=settings.heads,
        head_width=settings.head_width,
        feedforward=settings.feedforward,
        dropout=settings.dropout,
        kind=settings.block,
        start=0.0 if settings.start == "identity" else backbone.embed_dim**-0.5,
    )
    positions = partial(
        Positions,
        length=config.frames,
        width=backbone.embed_dim,
        start=settings.position_start,
        deviation=settings.position_deviation,
    )
    encoder = partial(
        TemporalTransformer,
        backbone.embed_dim,
        block=block,
        pooling=settings.pooling,
        place=settings.position_place,
    )
    # Each pre-merge encoder sees one flow only, so one table serves it either way (A8).
    own: PositionKind = "shared" if settings.positions == "separate" else settings.positions
    return A3lign(
        backbone,
        Comparison.of(config),
        tokens=AlignmentTokens(
            backbone,
            classes=len(config.labels),
            sentences=config.tokens.sentences,
            tokens=config.tokens.tokens,
            deviation=config.tokens.deviation,
            descriptions=_descriptions(config) if config.tokens.start == "words" else None,
        ),
        text_encoder=encoder(layers=settings.text_layers, positions=positions(own)),
        video_encoder=encoder(layers=settings.video_layers, positions=positions(own)),
        synchronizer=encoder(layers=settings.layers, positions=positions(settings.positions)),
        settings=settings,
    )


def _descriptions(config: ModelConfig) -> list[str]:
    return [f"a {label} face" for label in config.labels]


METHOD = MethodEntry(A3lign, A3lignOptions, build_a3lign)
