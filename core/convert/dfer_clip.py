"""The authors' released DFER-CLIP (``.pth``) as a checkpoint folder.

Their code (MIT, zengqunzhao/DFER-CLIP) saves the whole module: learned contexts with the embeddings
of what stands around them, the tuned image tower, one temporal layer, and the frozen CLIP. The
words of each class are read off those embeddings. What their forward pass does otherwise than ours
are three switches: raw frame features, tanh in GELU, colours as they are.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.checkpoint import Checkpoint, CheckpointConfig, checkpoint_of
from core.config import ModelConfig, PreprocessConfig
from core.errors import CheckpointError
from core.labels import ELEVEN, SEVEN
from core.model.backbone import FrozenClip
from core.model.backbones import fill
from core.model.build import build_model
from core.model.registry import complete_options
from core.weights.files import read_weights
from core.weights.load import DEFAULT_WEIGHTS, load_clip
from core.weights.names import without_prefixes

ARCHITECTURE = "ViT-B-32"
HEADS = 8  # as everywhere in their code
CONTEXT, REST = "prompt_learner.ctx", "prompt_learner.token_suffix"

# In each of their temporal layers: attention is part 0, the feed-forward part is part 1.
LAYER = {
    "0.fn.norm.weight": "norm_attention.weight",
    "0.fn.norm.bias": "norm_attention.bias",
    "0.fn.fn.to_qkv.weight": "query_key_value.weight",
    "0.fn.fn.to_out.0.weight": "attention_out.weight",
    "0.fn.fn.to_out.0.bias": "attention_out.bias",
    "1.fn.norm.weight": "norm_feedforward.weight",
    "1.fn.norm.bias": "norm_feedforward.bias",
    "1.fn.fn.net.0.weight": "feedforward_in.weight",
    "1.fn.fn.net.0.bias": "feedforward_in.bias",
    "1.fn.fn.net.3.weight": "feedforward_out.weight",
    "1.fn.fn.net.3.bias": "feedforward_out.bias",
}

CARD = """# DFER-CLIP, converted from `{name}`

Recognises the **perceived** expression in a face video: {labels}. The weights are those of the
method's authors (Zhao and Patras, BMVC 2023), unchanged; the terms of the data that they were
trained on bind their use. Faces are resized by area or cubic interpolation, where the authors take
bilinear. Nothing was measured here, and the probabilities are not calibrated.

Each class is compared with {context} learned tokens and these words, read from the file:

{texts}

The text tower is {origin}
"""


def convert_dfer_clip(
    path: Path,
    *,
    labels: Sequence[str] | None = None,
    backbone_weights: str = DEFAULT_WEIGHTS,
) -> Checkpoint:
    """Read a released file.

    Args:
        path: The ``.pth``; only tensors are read from it.
        labels: Class names in the file's order; None for the authors' seven or eleven.
        backbone_weights: OpenAI's ViT-B/32, whose text tower the file was trained with.

    Returns:
        The checkpoint; ``save_checkpoint`` writes it.

    Raises:
        CheckpointError: The file is no DFER-CLIP, or was made with another text tower.
        BackboneError: It is no readable weight file, or OpenAI's weights cannot be had.
    """
    state = without_prefixes(read_weights(path).state)
    names = _labels(state, labels, path)
    loaded = load_clip(ARCHITECTURE, backbone_weights)
    backbone = loaded.model
    texts = _texts(state, backbone, path)
    sizes = _sizes(state, path)
    options = complete_options(
        "dfer-clip",
        {
            "descriptions": {label: [text] for label, text in zip(names, texts, strict=True)},
            "context": state[CONTEXT].shape[-2],
            "class_specific": state[CONTEXT].ndim == 3,
            "features": "raw",
            "gelu": "tanh",
            **sizes,
        },
    )
    config = ModelConfig(
        labels=names,
        frames=state["temporal_net.pos_embedding"].shape[-2] - 1,
        backbone=loaded.config,
        preprocess=PreprocessConfig(colours="plain"),
        method="dfer-clip",
        options=options,
    )
    model = build_model(config, backbone)
    scale = {"comparison.log_scale": model.comparison.log_scale.detach()}
    parts = torch.nn.ModuleDict(dict(model.parts()))
    fill(parts, _renamed(state) | scale, source=str(path))
    card = CARD.format(
        name=path.name,
        labels=", ".join(names),
        context=options["context"],
        texts="\n".join(f"- {name}: {text}" for name, text in zip(names, texts, strict=True)),
        origin=_origin(state, backbone, path),
    )
    return checkpoint_of(model, CheckpointConfig(config), name=path.stem, card=card)


def _labels(
    state: Mapping[str, Tensor], labels: Sequence[str] | None, path: Path
) -> tuple[str, ...]:
    needed = (CONTEXT, REST, "temporal_net.cls_token", "temporal_net.pos_embedding")
    missing = [name for name in needed if name not in state]
    if missing:
        raise CheckpointError(f"{path} is no DFER-CLIP: it has no {', '.join(missing)}")
    count = len(state[REST])
    known = {len(each): each for each in (SEVEN, ELEVEN)}
    names = tuple(labels) if labels else known.get(count, ())
    if len(names) != count:
        raise CheckpointError(
            f"{path} has {count} classes, and {len(names) or 'no'} names for them are known; give "
            "them in the file's order with --classes"
        )
    return names


def _texts(state: Mapping[str, Tensor], backbone: FrozenClip, path: Path) -> list[str]:
    """The words behind each context: every stored embedding is a row of CLIP's table."""
    table = backbone.clip.token_embedding.weight.float()
    end = int(backbone.tokenize([""])[0].argmax())
    closing = int(backbone.tokenize([""])[0, end])
    texts = []
    for rows in state[REST].float():
        ids = torch.cat([torch.cdist(part, table).argmin(1) for part in rows.split(16)])
        if not torch.allclose(table[ids], rows, atol=1e-3) or closing not in ids:
            raise CheckpointError(
                f"{path} was made with another text tower than OpenAI's {ARCHITECTURE}: its words "
                "are not in that one's table"
            )
        words = ids[: ids.tolist().index(closing)]
        texts.append(backbone.decode(words).strip())
        if not torch.equal(backbone.tokenize(texts[-1:])[0, 1 : len(words) + 1], words):
            raise CheckpointError(f"{path} holds words that cannot be written down: {texts[-1]!r}")
    return texts


def _sizes(state: Mapping[str, Tensor], path: Path) -> dict[str, int]:
    layers = {int(found[1]) for name in state if (found := _PLACE.match(name))}
    try:
        first = "temporal_net.temporal_transformer.layers.0."
        inner = state[f"{first}0.fn.fn.to_qkv.weight"].shape[0] // 3
        feedforward = state[f"{first}1.fn.fn.net.0.weight"].shape[0]
    except KeyError as error:
        raise CheckpointError(f"{path} is no DFER-CLIP: it has no {error}") from error
    return {
        "layers": len(layers),
        "heads": HEADS,
        "head_width": inner // HEADS,
        "feedforward": feedforward,
    }


_PLACE = re.compile(r"temporal_net\.temporal_transformer\.layers\.(\d+)\.(.*)")


def _renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    context = state[CONTEXT]
    ours = {
        "prompts.context": context if context.ndim == 3 else context[None],
        "temporal_model.cls": state["temporal_net.cls_token"].flatten(),
        "temporal_model.positions": state["temporal_net.pos_embedding"].flatten(0, -2),
    }
    for name, tensor in state.items():
        if found := _PLACE.match(name):
            layer, place = found.groups()
            ours[f"temporal_model.blocks.{layer}.{LAYER.get(place, place)}"] = tensor
        elif name.startswith("image_encoder."):
            ours[f"tower.visual.{name.removeprefix('image_encoder.')}"] = tensor
    return {name: tensor.float() for name, tensor in ours.items()}


def _origin(state: Mapping[str, Tensor], backbone: FrozenClip, path: Path) -> str:
    """Make sure that the text tower of the file is the one at hand, as far as the file has it."""
    for name, tensor in backbone.clip.state_dict().items():
        stored = state.get(f"text_encoder.{name}")
        if stored is not None and not torch.allclose(stored.float(), tensor, atol=1e-3):
            raise CheckpointError(
                f"{path} was made with another text tower than OpenAI's {ARCHITECTURE}: {name} "
                "differs"
            )
    return f"OpenAI's {ARCHITECTURE}, which is not in this folder."
