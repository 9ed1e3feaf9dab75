"""The frozen CLIP towers: features go out, gradients pass through, weights never move."""

from collections.abc import Callable
from functools import lru_cache
from typing import Self

import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import Tensor, nn

from core.errors import BackboneError

# What can run in the place of a text tower's blocks: ``(N, n, W)`` and its mask to the same.
Blocks = Callable[[Tensor, Tensor], Tensor]


@lru_cache
def _tokenizer(length: int) -> open_clip.SimpleTokenizer:
    """It holds no weights and is slow to make: one for all models."""
    return open_clip.SimpleTokenizer(context_length=length)


class FrozenClip(nn.Module):
    """CLIP with every weight fixed.

    Freezing the text tower must not cut the graph: the alignment tokens are trained *through* it,
    so only the image side runs without gradients.

    Args:
        clip: An open_clip two-tower model with a causal text transformer.
        mirror: See ``BackboneConfig``.
        variant: Tells functions apart that the same weights can have (another activation); empty
            for the architecture's usual one.

    Raises:
        BackboneError: The text tower is of another kind than CLIP's.
    """

    def __init__(self, clip: CLIP, *, mirror: bool = False, variant: str = "") -> None:
        super().__init__()
        if not isinstance(clip.text_projection, nn.Parameter) or clip.text_pool_type != "argmax":
            raise BackboneError("the text tower is not CLIP's: no projection matrix at end-of-text")
        self.mirror, self.variant = mirror, variant
        self.clip = clip.requires_grad_(False).eval()
        self._tokenizer = _tokenizer(clip.context_length)

    @property
    def embed_dim(self) -> int:
        """Width ``D`` of the joint space."""
        return int(self.clip.text_projection.shape[1])

    @property
    def token_width(self) -> int:
        """Width ``W`` of a token embedding."""
        return int(self.clip.token_embedding.embedding_dim)

    @property
    def context_length(self) -> int:
        """Positions of the text tower, 77 for CLIP."""
        return int(self.clip.context_length)

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002
        """Stay in evaluation mode whatever the surrounding model does."""
        return super().train(False)

    def tokenize(self, texts: list[str]) -> Tensor:
        """Turn texts into ids, ``(N, 77)`` int64 on the backbone's device."""
        ids: Tensor = self._tokenizer(texts)
        return ids.to(self.clip.positional_embedding.device)

    def decode(self, ids: Tensor) -> str:
        """The text of token ids ``(n,)``."""
        return str(self._tokenizer.decode(ids.tolist()))

    def words(self) -> list[str]:
        """Every entry of the vocabulary as text; those that end a word end in a space."""
        entries = range(len(self._tokenizer.decoder))
        return [self._tokenizer.decode([entry]) for entry in entries]

    def embed_ids(self, ids: Tensor) -> Tensor:
        """Look up frozen token embeddings: ``(N, n)`` ids to ``(N, n, W)``."""
        embeddings: Tensor = self.clip.token_embedding(ids)
        return embeddings.detach()

    @torch.no_grad()
    def encode_frames(
        self,
        frames: Tensor,
        tower: nn.Module | None = None,
        *,
        mirrored: Tensor | None = None,
    ) -> Tensor:
        """Embed preprocessed frames.

        Args:
            frames: ``(N, 3, h, w)`` from ``core.preprocess``.
            tower: A copy of the image tower that runs in its place, see ``lean_tower``.
            mirrored: ``(N,)`` bool, which of them are seen in the mirror, too, if the backbone
                does that at all; None for every one.

        Returns:
            ``(N, D)`` float32 features of unit length.
        """
        look: Callable[[Tensor], Tensor] = self.clip.encode_image if tower is None else tower
        if not self.mirror:
            return F.normalize(look(frames).float(), dim=-1)
        rows = slice(None) if mirrored is None else mirrored
        looks = look(torch.cat([frames, frames[rows].flip(-1)])).float()
        features, in_mirror = F.normalize(looks, dim=-1).tensor_split([len(frames)])
        features[rows] += in_mirror
        return F.normalize(features, dim=-1)

    @torch.no_grad()
    def encode_texts(self, texts: list[str]) -> Tensor:
        """Embed ordinary texts, ``(N, D)`` float32, unit length."""
        return F.normalize(self.clip.encode_text(self.tokenize(texts)).float(), dim=-1)

    def encode_tokens(
        self,
        tokens: Tensor,
        end: int | Tensor,
        blocks: Blocks | None = None,
    ) -> Tensor:
        """Embed sentences given as token *embeddings* rather than ids.

        Attention is causal and the read-out is at the end token, so nothing after it can matter:
        passing ``n = end + 1`` positions instead of 77 gives the same features for less work.

        Args:
            tokens: ``(N, n, W)`` embeddings with start and end tokens, ``end < n <= 77``.
            end: Position of the end-of-text token, or ``(N,)`` of each sentence's.
            blocks: What runs in the place of the frozen blocks, given their input and mask.

        Returns:
            ``(N, D)`` float32 features of unit length.
        """
        length = tokens.shape[1]
        x = tokens + self.clip.positional_embedding[:length]
        mask = self.clip.attn_mask[:length, :length]
        x = self.clip.transformer(x, attn_mask=mask) if blocks is None else blocks(x, mask)
        last = x[:, end] if isinstance(end, int) else x[torch.arange(len(x)), end]
        x = self.clip.ln_final(last) @ self.clip.text_projection  # (N, D)
        return F.normalize(x.float(), dim=-1)
