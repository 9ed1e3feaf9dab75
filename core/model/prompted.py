"""Methods whose classes are one sentence each, with learned tokens in front."""

from torch import Tensor

from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Method
from core.model.prompts import ContextPrompts


class Prompted(Method):
    """The text side that CoOp and those after it share.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        prompts: Learned tokens and words of each class.
        class_specific: Whether the tokens belong to the classes.
    """

    TEXT_PARTS = frozenset({"prompts"})

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        prompts: ContextPrompts,
        *,
        class_specific: bool,
    ) -> None:
        super().__init__(backbone, comparison)
        self.prompts = prompts
        self.class_specific = class_specific

    @property
    def sentence_shape(self) -> tuple[int, int]:
        """See ``Method``."""
        return self.prompts.classes, 1

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``."""
        return self.prompts.encode(self.backbone, rows)

    def learned_tokens(self) -> Tensor:
        """See ``Method``."""
        return self.prompts.tokens()

    @property
    def class_bound_parts(self) -> frozenset[str]:
        """See ``Method``."""
        return frozenset({"prompts"}) if self.class_specific else frozenset()
