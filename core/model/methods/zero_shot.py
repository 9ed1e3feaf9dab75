"""Zero-shot CLIP: the mean frame and ordinary sentences; nothing is trained.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021),
section 3.1, on video by averaging the frames. The descriptions of facial actions are ours.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig
from core.descriptions import TEMPLATES, describe
from core.errors import ConfigError
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Method, MethodEntry
from core.model.registry import read_options
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class ZeroShotOptions:
    """What classes are named by.

    Attributes:
        texts: ``templates`` put the class's name into sentences, ``descriptions`` say which facial
            actions it shows, ``both`` does both.
        templates: Sentences with ``{}`` for the name.
        descriptions: Texts of each class; empty for ours.
    """

    texts: Literal["templates", "descriptions", "both"] = "templates"
    templates: tuple[str, ...] = TEMPLATES
    descriptions: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class ZeroShot(Method):
    """The backbone alone: ``s_i = cos(mean of the frames, mean of the class's sentences)``.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        sentences: For each class its sentences, for all the same number.
    """

    TITLE = "Zero-shot CLIP"

    def __init__(
        self, backbone: FrozenClip, comparison: Comparison, sentences: list[tuple[str, ...]]
    ) -> None:
        super().__init__(backbone, comparison)
        self.sentences = sentences

    @property
    def sentence_shape(self) -> tuple[int, int]:
        """See ``Method``."""
        return len(self.sentences), len(self.sentences[0])

    def plain_sentences(self) -> list[tuple[str, ...]]:
        """See ``Method``."""
        return self.sentences

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``."""
        flat = [text for texts in self.sentences for text in texts]
        return self.backbone.encode_texts(flat[rows])

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        return features.mean(1, keepdim=True)

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison}


def sentences_of(labels: tuple[str, ...], options: ZeroShotOptions) -> list[tuple[str, ...]]:
    """The sentences of each class."""
    named = [tuple(template.format(label) for template in options.templates) for label in labels]
    if options.texts == "templates":
        if not options.templates:
            raise ConfigError("templates is empty; give at least one sentence with {}")
        return named
    described = describe(labels, options.descriptions)
    if options.texts == "descriptions":
        return described
    return [one + other for one, other in zip(named, described, strict=True)]


def build(config: ModelConfig, backbone: FrozenClip) -> ZeroShot:
    """Build the model; see ``build_model``."""
    sentences = sentences_of(config.labels, read_options(config))
    return ZeroShot(backbone, Comparison.of(config), sentences)


METHOD = MethodEntry(ZeroShot, ZeroShotOptions, build)
