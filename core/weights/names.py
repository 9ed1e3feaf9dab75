"""Weights under the names that open_clip uses, whoever wrote the file."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from core.errors import BackboneError

# Added by torch's wrappers around a model.
PREFIXES = ("module.", "_orig_mod.")
# Facts about the model that OpenAI's archives and old transformers keep among the weights.
FACTS = re.compile(r"(input_resolution|context_length|vocab_size)|.*\.position_ids")

TRANSFORMERS = (
    (r"text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"text_model\.embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"text_model\.encoder\.layers\.", "transformer.resblocks."),
    (r"text_model\.final_layer_norm\.", "ln_final."),
    (r"text_projection\.weight", "text_projection"),
    (r"vision_model\.embeddings\.class_embedding", "visual.class_embedding"),
    (r"vision_model\.embeddings\.patch_embedding\.", "visual.conv1."),
    (r"vision_model\.embeddings\.position_embedding\.weight", "visual.positional_embedding"),
    (r"vision_model\.encoder\.layers\.", "visual.transformer.resblocks."),
    (r"vision_model\.pre_layrnorm\.", "visual.ln_pre."),  # so spelt there
    (r"vision_model\.post_layernorm\.", "visual.ln_post."),
    (r"visual_projection\.weight", "visual.proj"),
)
INSIDE = (
    (r"\.layer_norm([12])\.", r".ln_\1."),
    (r"\.self_attn\.out_proj\.", ".attn.out_proj."),
    (r"\.mlp\.fc1\.", ".mlp.c_fc."),
    (r"\.mlp\.fc2\.", ".mlp.c_proj."),
)
# open_clip multiplies by these from the right, transformers keeps them as linear layers.
TRANSPOSED = ("text_projection", "visual.proj")
QUERY = re.compile(r"(.*)\.self_attn\.q_proj\.(weight|bias)")


def is_transformers(state: Mapping[str, Tensor]) -> bool:
    """Whether names are those of transformers' ``CLIPModel``."""
    return any(name.startswith(("text_model.", "vision_model.")) for name in state)


def to_open_clip(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename weights, and put them together where open_clip keeps them in one.

    Args:
        state: Names of OpenAI, open_clip or transformers, with or without torch's prefixes.

    Returns:
        The same tensors by open_clip's names; names that nobody knows stay as they are.

    Raises:
        BackboneError: A layer of a transformers file has a query without key or value.
    """
    names = without_prefixes(state)
    names = {name: tensor for name, tensor in names.items() if not FACTS.fullmatch(name)}
    return _from_transformers(names) if is_transformers(names) else names


def without_prefixes(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors without what torch's wrappers put in front of their names."""
    return {_stripped(name): tensor for name, tensor in state.items()}


def _stripped(name: str) -> str:
    while name.startswith(PREFIXES):
        name = name.partition(".")[2]
    return name


def _from_transformers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, tensor in state.items():
        if found := QUERY.fullmatch(name):
            layer, kind = found.groups()
            renamed[f"{layer}.attn.in_proj_{kind}"] = _joined(state, layer, kind)
        elif not re.search(r"\.self_attn\.[kv]_proj\.", name):
            renamed[name] = tensor
    final = {_renamed(name): tensor for name, tensor in renamed.items()}
    return {
        name: tensor.T if name in TRANSPOSED and tensor.ndim == 2 else tensor
        for name, tensor in final.items()
    }


def _joined(state: Mapping[str, Tensor], layer: str, kind: str) -> Tensor:
    parts = [state.get(f"{layer}.self_attn.{letter}_proj.{kind}") for letter in "qkv"]
    try:
        return torch.cat([part for part in parts if part is not None])
    except RuntimeError as error:
        raise BackboneError(f"query, key and value of {layer} do not fit each other") from error


def _renamed(name: str) -> str:
    for pattern, ours in TRANSFORMERS:
        name, count = re.subn(rf"^{pattern}", ours, name)
        if count:
            break
    for pattern, ours in INSIDE:
        name = re.sub(pattern, ours, name)
    return name
