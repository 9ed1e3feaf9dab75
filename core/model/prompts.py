"""Ordinary words for each class with learned tokens in front of them."""

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.model.backbone import Blocks, FrozenClip


class ContextPrompts(nn.Module):
    """One sentence per class, ``[start] c_1 … c_M words [end]``, as in CoOp.

    Zhou et al., "Learning to Prompt for Vision-Language Models" (IJCV 2022), class words at the
    end. Start, words and end keep CLIP's frozen embeddings.

    Args:
        backbone: The frozen CLIP whose text tower reads the sentences.
        texts: ``K`` texts, one per class.
        context: ``M``, learned tokens.
        specific: Whether every class has a context of its own.
        deviation: Standard deviation of the normal start.
        words: Text whose first ``M`` tokens the context starts from instead; empty for none.

    Raises:
        ConfigError: A text is too long for the text tower, or ``words`` too short.
    """

    def __init__(
        self,
        backbone: FrozenClip,
        texts: list[str],
        *,
        context: int,
        specific: bool,
        deviation: float = 0.02,
        words: str = "",
    ) -> None:
        super().__init__()
        room = backbone.context_length - context
        ids = backbone.tokenize(texts).cpu()
        ends = ids.argmax(1)
        # The tokenizer cuts what does not fit, so a text that fills all places may have been cut.
        longest = max(int(ends.max()) + 1, 3)
        if longest > min(room, backbone.context_length - 1):
            worst = texts[int(ends.argmax())]
            raise ConfigError(
                f"the text {worst[:60]!r} and {context} learned tokens do not fit the "
                f"{backbone.context_length} places of the text tower; shorten one of them"
            )
        self.register_buffer("ids", ids[:, :longest], persistent=False)
        self.register_buffer("ends", ends + context, persistent=False)
        count = len(texts) if specific else 1
        start = torch.randn(count, context, backbone.token_width) * deviation
        if words:
            start = _embed(backbone, words, context).expand(count, -1, -1).clone()
        self.context = nn.Parameter(start)  # (K or 1, M, W)

    @property
    def classes(self) -> int:
        """``K``."""
        return len(self.get_buffer("ids"))

    def tokens(self) -> Tensor:
        """The context of each class, ``(K, 1, M, W)``."""
        return self.context.expand(self.classes, -1, -1)[:, None]

    def encode(
        self, backbone: FrozenClip, rows: slice = slice(None), blocks: Blocks | None = None
    ) -> Tensor:
        """Text features of some classes, ``(n, D)``, unit length; for ``blocks`` see FrozenClip."""
        context = self.context.expand(self.classes, -1, -1)[rows]
        ids, ends = self.get_buffer("ids")[rows], self.get_buffer("ends")[rows]
        return backbone.encode_tokens(_whole(backbone, ids, context), ends, blocks)

    def encode_shifted(self, backbone: FrozenClip, shifts: Tensor) -> Tensor:
        """Text features with a shift of every context token for each clip.

        Args:
            backbone: The frozen CLIP.
            shifts: ``(B, W)``.

        Returns:
            ``(B, K, D)``, unit length.
        """
        count = len(shifts)
        context = self.context.expand(self.classes, -1, -1) + shifts[:, None, None]  # (B, K, M, W)
        ids = self.get_buffer("ids").repeat(count, 1)
        ends = self.get_buffer("ends").repeat(count)
        features = backbone.encode_tokens(_whole(backbone, ids, context.flatten(0, 1)), ends)
        return features.view(count, self.classes, -1)


def _whole(backbone: FrozenClip, ids: Tensor, context: Tensor) -> Tensor:
    frozen = backbone.embed_ids(ids)
    return torch.cat([frozen[:, :1], context, frozen[:, 1:]], dim=1)


def _embed(backbone: FrozenClip, words: str, count: int) -> Tensor:
    ids = backbone.tokenize([words])[0]
    length = int(ids.argmax()) - 1
    if length < count:
        raise ConfigError(f"{words!r} has {length} tokens, too few for a context of {count}")
    return backbone.embed_ids(ids[1 : count + 1])
