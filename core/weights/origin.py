"""Whose weights are in a file, and what does that say about their use?

Names and shapes of the weights do not tell the activation they were trained with, nor how colours
are to be scaled. Published files are known by their hash, and folders often hold a config.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import open_clip
from open_clip.constants import (
    INCEPTION_MEAN,
    INCEPTION_STD,
    OPENAI_DATASET_MEAN,
    OPENAI_DATASET_STD,
)

from core.backbone_config import Activation, BackboneConfig, Evidence
from core.config import Colours
from core.errors import BackboneError
from core.json_files import read_object
from core.weights.files import WeightFile
from core.weights.names import is_transformers

# They stand in the addresses of openai/CLIP's downloads (clip/clip.py).
OPENAI_SHA256 = {
    "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af": "ViT-B-32",
    "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f": "ViT-B-16",
    "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836": "ViT-L-14",
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02": "ViT-L-14-336",
}
MAX_CONFIG_BYTES = 2**20

# For people: how an activation is known.
TOLD: dict[Evidence, str] = {
    "": "as OpenAI's models have it",
    "published": "known from the published file",
    "beside": "says the config beside the file",
    "archive": "says the archive's program",
    "asked": "as asked for; the file does not say",
    "assumed": "assumed; the file does not say",
}


@dataclass(frozen=True)
class Origin:
    """What is known of weights.

    Attributes:
        weights: open_clip's name of them; empty if nobody published them under a known hash.
        activation: None if nothing tells.
        colours: None if nothing tells.
        evidence: How the activation is known.
    """

    weights: str = ""
    activation: Activation | None = None
    colours: Colours | None = None
    evidence: Evidence = ""


def describe_backbone(config: BackboneConfig) -> str:
    """One sentence for a model card: whose weights, and how far their use is known."""
    if config.is_ours:
        return "FaceCLIP, whose weights are in this folder."
    whose = f"weights `{config.weights}`" if config.weights else "weights from a file"
    activation = config.activation or "quick-gelu"
    return f"{config.name}, {whose}, activation {activation} ({TOLD[config.evidence]})."


def published(name: str, tag: str) -> Origin:
    """What open_clip's table says about weights of that tag.

    Raises:
        BackboneError: They want colours that we cannot give.
    """
    entry = open_clip.get_pretrained_cfg(name, tag)
    activation: Activation = "quick-gelu" if entry.get("quick_gelu") else "gelu"
    return Origin(tag, activation, _colours(entry["mean"], entry["std"], tag), "published")


def origin_of(name: str, file: WeightFile) -> Origin:
    """Find out whose weights a file holds.

    Args:
        name: Architecture that its tensors belong to.
        file: As it was read.

    Raises:
        BackboneError: The config beside it is unreadable or asks for what we do not have.
    """
    if tag := _published_tag(name, file.sha256):
        return published(name, tag)
    beside = _transformers_config(file) if is_transformers(file.state) else _open_clip_config(file)
    if beside is not None:
        return beside
    if "QuickGELU" in file.code:
        return Origin("", "quick-gelu", None, "archive")
    return Origin()


def _published_tag(name: str, digest: str) -> str:
    if OPENAI_SHA256.get(digest) == name:
        return "openai"
    # open_clip's own files carry the first eight digits of their hash in their names.
    for known, tag in open_clip.list_pretrained():
        address = open_clip.get_pretrained_cfg(known, tag).get("url", "")
        if known == name and address.rpartition(".")[0].endswith(f"-{digest[:8]}"):
            return str(tag)
    return ""


def _open_clip_config(file: WeightFile) -> Origin | None:
    data = _beside(file, "open_clip_config.json")
    model, pixels = (_part(data, key) for key in ("model_cfg", "preprocess_cfg"))
    if not model:
        return None
    colours = _colours(
        pixels.get("mean", OPENAI_DATASET_MEAN), pixels.get("std", OPENAI_DATASET_STD), file.path
    )
    activation: Activation = "quick-gelu" if model.get("quick_gelu") is True else "gelu"
    return Origin("", activation, colours, "beside")


def _transformers_config(file: WeightFile) -> Origin | None:
    data = _beside(file, "config.json")
    if data.get("model_type") != "clip":
        return None
    # transformers' own default is CLIP's.
    named = {
        _part(data, tower).get("hidden_act", "quick_gelu")
        for tower in ("text_config", "vision_config")
    }
    kinds: dict[Any, Activation] = {"quick_gelu": "quick-gelu", "gelu": "gelu"}
    if len(named) > 1 or not named <= set(kinds):
        raise BackboneError(
            f"config.json beside {file.path.name} asks for the activations "
            f"{' and '.join(map(str, named))}; both towers must have quick_gelu or gelu"
        )
    pixels = _beside(file, "preprocessor_config.json")
    colours = (
        _colours(pixels["image_mean"], pixels.get("image_std"), file.path)
        if "image_mean" in pixels
        else None
    )
    return Origin("", kinds[named.pop()], colours, "beside")


def _beside(file: WeightFile, name: str) -> dict[str, Any]:
    path = file.path.parent / name
    if not path.is_file():
        return {}
    try:
        return read_object(path, MAX_CONFIG_BYTES)
    except ValueError as error:
        raise BackboneError(f"{path}, which describes {file.path.name}, {error}") from error


def _part(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = data.get(key)
    return part if isinstance(part, Mapping) else {}


def _colours(mean: Any, deviation: Any, source: object) -> Colours:
    known: dict[Colours, tuple[Any, Any]] = {
        "clip": (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD),
        "inception": (INCEPTION_MEAN, INCEPTION_STD),
    }
    for colours, constants in known.items():
        if (_listed(mean), _listed(deviation)) == tuple(map(_listed, constants)):
            return colours
    raise BackboneError(
        f"{source} was trained with colours of mean {mean} and deviation {deviation}, which cannot "
        "be set here; only CLIP's and Inception's constants can"
    )


def _listed(values: Any) -> list[float] | None:
    try:
        return [round(float(value), 6) for value in values]
    except (TypeError, ValueError):
        return None
