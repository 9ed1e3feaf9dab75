"""PE-CLIP: prompts in several layers of both towers, small adapters in them, a GRU over time.

Saadi et al., "PE-CLIP: A Parameter-Efficient Fine-Tuning of Vision Language Models for Dynamic
Facial Expression Recognition" (arXiv 2503.16945, ACM TOMM), after abstract and public code
(SAADI-Ibtissam/PE-CLIP, without a licence: read, and every line here is our own). As there: B/16
with nothing of CLIP trained; two shared learned tokens before described classes, tokens of their
own in nine layers, and images' made from them (MaPLe); adapters of an eighth of the width in every
block, after attention in both towers (Shared Adapter) and after the text's feed-forward part; the
Temporal Dynamic Adapter; the mean of the frames; temperature 0.01; AdamW, rates and decay.
Different here:

* The Temporal Dynamic Adapter stands once, on the frames' features, instead of after every block's
  feed-forward part, as each frame passes the tower alone and once. There its GRU runs through the
  frames of all clips of a batch in a row; here through each clip's by itself.
* Its features have unit length times √D.
* All adapters start as the identity; there only the temporal ones do.
* Mixup and FMix of clips are left out, and so is the warm-up; 30 epochs, the length of the code's
  schedule (5 by default).
* The descriptions are our own wording; a file can replace them.
* ``tower=frozen`` leaves adapters and tokens out of the image tower, so that features can be
  stored; it is the way for towers that are no vision transformers, too.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from open_clip.transformer import VisionTransformer
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig, Positive
from core.descriptions import describe
from core.errors import BackboneError
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.deep_prompts import BlockAdapters, DeepPrompts, run_blocks
from core.model.method import MethodEntry, Phase
from core.model.positions import Flow
from core.model.prompted import Prompted
from core.model.prompts import ContextPrompts
from core.model.registry import read_options
from core.model.temporal_adapter import TemporalAdapter
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class PeClipOptions:
    """Settings of PE-CLIP; the defaults are its authors'.

    Attributes:
        tower: ``adapted`` puts adapters and tokens into the image tower, ``frozen`` uses it as is.
        context: Learned tokens before each description, shared by the classes.
        depth: Layers with tokens of their own, at most as many as the towers have.
        reduction: Adapters are this many times narrower than what they adapt.
        deviation: Standard deviation of the tokens' random start.
        descriptions: Texts of each class, joined with commas; empty for ours.
    """

    tower: Literal["adapted", "frozen"] = "adapted"
    context: Positive = 2
    depth: Annotated[int, Field(ge=1, le=64)] = 9
    reduction: Positive = 8
    deviation: Annotated[float, Field(gt=0)] = 0.02
    descriptions: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class PeClip(Prompted):
    """``v`` = mean of the adapted frames, ``t_i = TextEncoder([start] c_1 … c_M text_i [end])``.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        prompts: Learned tokens and descriptions.
        options: The settings.

    Raises:
        BackboneError: The image tower has no place for the adapters.
    """

    TITLE = "PE-CLIP"
    PHASES = (
        Phase(
            "train",
            frozenset(
                {"prompts", "deep_prompts", "text_adapters", "image_adapters", "temporal_model"}
            ),
        ),
    )
    TEXT_PARTS = frozenset({"prompts", "deep_prompts", "text_adapters"})

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        prompts: ContextPrompts,
        options: PeClipOptions,
    ) -> None:
        super().__init__(backbone, comparison, prompts, class_specific=False)
        visual = backbone.clip.visual if options.tower == "adapted" else None
        if visual is not None and not isinstance(visual, VisionTransformer):
            raise BackboneError(
                "PE-CLIP's adapters sit in a vision transformer, and this image tower is a "
                f"{type(visual).__name__}; set its option tower to frozen"
            )
        texts = len(backbone.clip.transformer.resblocks)
        images = len(visual.transformer.resblocks) if visual is not None else 0
        image_width = visual.class_embedding.numel() if visual is not None else 0
        depth = min(options.depth, texts, images or texts)
        self.deep_prompts = DeepPrompts(options.context, depth, backbone.token_width, image_width)
        self.text_adapters = _adapters(texts, backbone.token_width, options, feedforward=True)
        self.image_adapters = (
            _adapters(images, image_width, options, feedforward=False) if images else None
        )
        width = backbone.embed_dim
        self.temporal_model = TemporalAdapter(width, max(width // options.reduction, 1))

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``."""
        return self.prompts.encode(self.backbone, rows, self._text_blocks)

    def _text_blocks(self, x: Tensor, mask: Tensor) -> Tensor:
        blocks, prompts = self.backbone.clip.transformer.resblocks, self.deep_prompts.of_texts()
        # Learned tokens follow the start of the text.
        return run_blocks(blocks, self.text_adapters, x, mask=mask, prompts=prompts, start=1)

    @property
    def has_own_tower(self) -> bool:
        """See ``Method``."""
        return self.image_adapters is not None

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """See ``Method``."""
        if self.image_adapters is None:
            return self.backbone.encode_frames(pixels)
        visual = self.backbone.clip.visual
        first, *following = self.deep_prompts.of_images(self.prompts.context[0])
        x = visual._embeds(pixels)
        patches = x.shape[1]
        x = torch.cat([x, visual.ln_pre(first).to(x.dtype).expand(len(x), -1, -1)], dim=1)
        blocks = visual.transformer.resblocks
        x = run_blocks(blocks, self.image_adapters, x, mask=None, prompts=following, start=patches)
        pooled, _ = visual._pool(x)
        features = pooled if visual.proj is None else pooled @ visual.proj
        return F.normalize(features.float(), dim=-1)

    def steps(self, x: Tensor, flow: Flow) -> Tensor:
        """See ``Method``."""
        if flow == "text":
            return x
        adapted: Tensor = self.temporal_model(x * x.shape[-1] ** 0.5)
        return adapted

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        return self.steps(features, "video").mean(1, keepdim=True)

    @property
    def reads_order(self) -> bool:
        """See ``Method``; a GRU has no attention to show, but it reads frames in order."""
        return True

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        parts: dict[str, nn.Module] = {
            "comparison": self.comparison,
            "prompts": self.prompts,
            "deep_prompts": self.deep_prompts,
            "text_adapters": self.text_adapters,
            "temporal_model": self.temporal_model,
        }
        if self.image_adapters is not None:
            parts["image_adapters"] = self.image_adapters
        return parts


def _adapters(
    count: int, width: int, options: PeClipOptions, *, feedforward: bool
) -> nn.ModuleList:
    bottleneck = max(width // options.reduction, 1)
    return nn.ModuleList(
        BlockAdapters(width, bottleneck, feedforward=feedforward) for _ in range(count)
    )


def build(config: ModelConfig, backbone: FrozenClip) -> PeClip:
    """Build the model; see ``build_model``."""
    options: PeClipOptions = read_options(config)
    texts = [", ".join(each) for each in describe(config.labels, options.descriptions)]
    prompts = ContextPrompts(
        backbone, texts, context=options.context, specific=False, deviation=options.deviation
    )
    return PeClip(backbone, Comparison.of(config), prompts, options)


METHOD = MethodEntry(PeClip, PeClipOptions, build, lambda options: options.tower == "adapted")
