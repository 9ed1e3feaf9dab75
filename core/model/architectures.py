"""CLIP's architectures as open_clip names them, and which of them the tensors of a file are.

Those that are here read a sentence as the paper's CLIP does: 77 positions, a causal mask, the
read-out at end-of-text. Only there do learned sentences have their place.
"""

from collections.abc import Mapping
from typing import Any, cast

import open_clip
import torch
from open_clip.model import CLIP
from torch import Tensor

from core.backbone_config import Activation, Name
from core.errors import BackboneError

# Our name, and open_clip's name of its sizes; of two with the same weights the usual one first.
ARCHITECTURES = {
    "ViT-L-14": "ViT-L-14",
    "ViT-L-14-336": "ViT-L-14-336",
    "ViT-H-14": "ViT-H-14",
    "ViT-B-16": "ViT-B-16",
    "ViT-B-32": "ViT-B-32",
}
TEXT_POSITIONS, VOCABULARY = 77, 49408

# A name may end in what the activation is; without an ending the weights decide.
ENDINGS: dict[str, Activation] = {"-quickgelu": "quick-gelu", "-gelu": "gelu"}


def parse_name(name: str) -> tuple[Name, Activation | None]:
    """Split ``ViT-B-32-gelu`` into architecture and activation; None where no ending says it.

    Raises:
        BackboneError: Unknown name.
    """
    for ending, activation in ENDINGS.items():
        if name.endswith(ending) and name.removesuffix(ending) in ARCHITECTURES:
            return cast(Name, name.removesuffix(ending)), activation
    if name not in ARCHITECTURES and (reason := why_not(name)):
        raise BackboneError(f"{name} cannot stand under learned sentences: {reason}; {_choice()}")
    if name not in ARCHITECTURES:
        raise BackboneError(
            f"unknown backbone {name!r}; choose {', '.join(ARCHITECTURES)} (with -quickgelu or "
            "-gelu where weights do not say their activation)"
        )
    return cast(Name, name), None


def is_name(name: str) -> bool:
    """Whether ``parse_name`` knows it."""
    return any(name == known or name in {f"{known}{e}" for e in ENDINGS} for known in ARCHITECTURES)


def why_not(name: str) -> str:
    """Why a model of open_clip's is not among ours; empty for one that it does not know."""
    sizes = open_clip.get_model_config(name)
    if sizes is None:
        return ""
    vision, text = sizes["vision_cfg"], sizes["text_cfg"]
    positions, words = text.get("context_length", TEXT_POSITIONS), text.get("vocab_size")
    if "hf_model_name" in text:
        return f"its text tower is transformers' {text['hf_model_name']}, not CLIP's"
    if text.get("no_causal_mask") or text.get("pool_type", "argmax") != "argmax":
        return (
            "its text tower has no causal mask or is not read at end-of-text, so that what stands "
            "behind a sentence changes it"
        )
    if positions != TEXT_POSITIONS or words != VOCABULARY:
        return (
            f"its text tower has {positions} positions and {words} words, CLIP's {TEXT_POSITIONS} "
            f"and {VOCABULARY}"
        )
    if isinstance(vision.get("layers"), list):
        return "its image tower is a ResNet, whose features the layers over time are not made for"
    if "multimodal_cfg" in sizes or sizes.get("custom_text") or "timm_model_name" in vision:
        return "its towers are not built like CLIP's, and nobody has tried them here"
    return "nobody has tried it here"


def native_px(name: str) -> int:
    """Side of the input that an architecture was trained with [px]."""
    return int(_sizes(name)["vision_cfg"]["image_size"])


def build_clip(name: str, activation: Activation, image_size: int | None = None) -> CLIP:
    """Build an architecture with random weights.

    Args:
        name: A key of ``ARCHITECTURES``.
        activation: Inside the feed-forward parts of both towers.
        image_size: Side of the input [px]; None takes the native one.

    Raises:
        BackboneError: The input is no whole number of patches.
    """
    sizes = _sizes(name)
    image_size = image_size or native_px(name)
    vision = sizes["vision_cfg"] | {"image_size": image_size}
    if image_size % (patch := vision["patch_size"]):
        raise BackboneError(
            f"{name} cuts its input into squares of {patch} px, and {image_size} px is no multiple "
            "of that; choose another image_size"
        )
    return CLIP(
        sizes["embed_dim"], vision, sizes["text_cfg"], quick_gelu=activation == "quick-gelu"
    )


def architecture_of(state: Mapping[str, Tensor], source: str) -> Name:
    """Find out what a file holds.

    Args:
        state: Tensors by open_clip's names.
        source: Name of the file, for the message.

    Raises:
        BackboneError: None of ours.
    """
    if any(name.startswith("visual.layer1.") for name in state):
        raise BackboneError(f"{source} holds a CLIP with a ResNet; {_choice()}")
    try:
        shape = {name: tuple(state[name].shape) for name in _MARKS}
    except KeyError as error:
        missing = [tower for tower, mark in _TOWERS.items() if mark not in state]
        if len(missing) == 1:
            raise BackboneError(f"{source} holds no {missing[0]}, only half of a CLIP") from error
        names = ", ".join(sorted(state)[:3])
        raise BackboneError(f"{source} holds no CLIP ({names}, …); {_choice()}") from error
    fitting = [name for name in ARCHITECTURES if shape == _shapes(name)]
    if fitting:
        # The same towers may have been trained with more patches; files at other sizes are
        # taken for the usual one, whose positions are interpolated.
        places = len(state.get("visual.positional_embedding", torch.empty(0)))
        same = [name for name in fitting if places == _patches(name) + 1]
        return cast(Name, (same or fitting)[0])
    patches, tokens = shape["visual.conv1.weight"], shape["token_embedding.weight"]
    raise BackboneError(
        f"{source} holds a CLIP of another size (image tower {patches[:1]} with patches of "
        f"{patches[2:]}, text tower {tokens[1:]}); {_choice()}"
    )


_TOWERS = {"image tower": "visual.conv1.weight", "text tower": "token_embedding.weight"}
_MARKS = ("visual.conv1.weight", "token_embedding.weight", "text_projection")


def _sizes(name: str) -> dict[str, Any]:
    sizes: dict[str, Any] = open_clip.get_model_config(ARCHITECTURES[name])
    return sizes


def _shapes(name: str) -> dict[str, tuple[int, ...]]:
    sizes = _sizes(name)
    vision, text = sizes["vision_cfg"], sizes["text_cfg"]
    return {
        "visual.conv1.weight": (vision["width"], 3, vision["patch_size"], vision["patch_size"]),
        "token_embedding.weight": (text["vocab_size"], text["width"]),
        "text_projection": (text["width"], sizes["embed_dim"]),
    }


def _patches(name: str) -> int:
    vision = _sizes(name)["vision_cfg"]
    return int((vision["image_size"] // vision["patch_size"]) ** 2)


def _choice() -> str:
    return f"choose weights of {', '.join(ARCHITECTURES)}"
