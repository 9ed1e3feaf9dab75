"""Captions by a multimodal language model, through the optional package ``transformers``."""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.errors import CueError

# So many frames, spread evenly, stand for the clip; each is enlarged to at least this side.
MOST_FRAMES = 8
LEAST_PX = 224
# The text towers read 77 tokens at most.
MOST_TOKENS = 72
REQUEST = (
    "These {count} pictures show one face in the order of time. In at most forty words, say how "
    "brows, eyes, mouth and head move from the first picture to the last, and when. Describe "
    "movements only and name no emotion. If nothing moves, say that the face stays still."
)


class Captioner:
    """Asks a model what changes in a face.

    Args:
        model: Folder or hub id of an image-text-to-text model that takes several pictures.
        device: Where it runs.

    Raises:
        CueError: transformers is not installed or the model cannot be loaded.
    """

    def __init__(self, model: str, device: torch.device) -> None:
        try:  # heavy and optional
            from transformers import pipeline
        except ImportError as error:
            raise CueError(
                f"captions by {model} need transformers ({error}); pip install transformers, or "
                "take --captions rules"
            ) from error
        try:
            self._pipeline: Any = pipeline("image-text-to-text", model=model, device=device)
        # Missing files, unknown architectures, further missing packages: each its own class.
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise CueError(
                f"{model} cannot be loaded as an image-text-to-text model ({_first_line(error)}); "
                "give the folder or hub id of one that transformers supports"
            ) from error
        self.model = model

    def describe(self, squares: list[NDArray[np.uint8]]) -> str:
        """Ask for the caption of one clip.

        Args:
            squares: Its face squares ``(side, side, 3)`` uint8 RGB in time order, at least one.

        Returns:
            One line of text; the model's first choice of words, so the same every time.

        Raises:
            CueError: The model does not take several pictures in a conversation.
        """
        rows = np.unique(np.linspace(0, len(squares) - 1, MOST_FRAMES).round().astype(int))
        content: list[dict[str, Any]] = [
            {"type": "image", "image": _picture(squares[row])} for row in rows
        ]
        content.append({"type": "text", "text": REQUEST.format(count=len(rows))})
        try:
            answers = self._pipeline(
                text=[{"role": "user", "content": content}],
                return_full_text=False,
                generate_kwargs={"do_sample": False, "max_new_tokens": MOST_TOKENS},
            )
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise CueError(
                f"{self.model} did not answer a question with {len(rows)} pictures "
                f"({_first_line(error)}); choose a model for conversations about several pictures"
            ) from error
        return " ".join(str(answers[0]["generated_text"]).split())


def _picture(square: NDArray[np.uint8]) -> Image.Image:
    side = max(square.shape[0], LEAST_PX)
    large = cv2.resize(square, (side, side), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(np.asarray(large, np.uint8))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
