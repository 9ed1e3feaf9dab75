"""A tiny CLIP in the place of ViT-B-32, and the files that people publish such weights in."""

import json
import warnings
from pathlib import Path

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file
from torch import nn

TINY = {
    "embed_dim": 16,
    "vision_cfg": {
        "image_size": 224, "layers": 2, "width": 32, "head_width": 16, "patch_size": 32,
    },
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 24, "heads": 2, "layers": 2},
}  # fmt: skip


def plain_clip(*, quick_gelu):
    torch.manual_seed(0)
    clip = open_clip.CLIP(
        TINY["embed_dim"], TINY["vision_cfg"], TINY["text_cfg"], quick_gelu=quick_gelu
    ).eval()
    with torch.no_grad():
        for tensor in clip.state_dict().values():
            # Biases start at zero and scales at one: every weight must count for the comparison.
            tensor.copy_((tensor + 0.1 * torch.randn_like(tensor)).half())
    return clip


class QuickGELU(nn.Module):
    """Named like the one in OpenAI's archives, whose program is searched for that name."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(1.702 * x)


class Holder(nn.Module):
    """Modules that hold tensors under dotted names, and one that computes."""

    def __init__(self, state, computes):
        super().__init__()
        inside = {}
        for name, tensor in state.items():
            head, _, rest = name.partition(".")
            if rest:
                inside.setdefault(head, {})[rest] = tensor
            elif tensor.is_floating_point():
                self.register_parameter(head, nn.Parameter(tensor))
            else:
                self.register_buffer(head, tensor)
        for name, part in inside.items():
            self.add_module(name, Holder(part, computes))
        self.gelu = computes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gelu(x)


def half(clip):
    return {name: tensor.half() for name, tensor in clip.state_dict().items()}


def write_archive(folder, clip, computes=None):
    """As OpenAI serves it: half precision, three facts about the model among the weights."""
    facts = {"input_resolution": 224, "context_length": 77, "vocab_size": 49408}
    state = half(clip) | {name: torch.tensor(fact) for name, fact in facts.items()}
    path = folder / "ViT-B-32.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch means to retire TorchScript
        torch.jit.save(torch.jit.script(Holder(state, computes or QuickGELU())), path)
    return path


def write_state(folder, clip, **options):
    path = folder / "clip.pt"
    torch.save(clip.state_dict(), path, **options)
    return path


def write_old_state(folder, clip):
    return write_state(folder, clip, _use_new_zipfile_serialization=False)


def write_safetensors(folder, clip):
    path = folder / "open_clip_model.safetensors"
    save_file(half(clip), path)
    return path


def write_training(folder, clip):
    """What open_clip's training leaves behind."""
    state = {f"module.{name}": tensor for name, tensor in clip.state_dict().items()}
    path = folder / "epoch_32.pt"
    figures = {"loss": np.float64(0.5), "curve": np.zeros(3, np.float32)}
    torch.save({"epoch": 32, "name": "run", "state_dict": state, **figures}, path)
    return path


def transformers_state(clip):
    """The names and layouts of transformers' CLIPModel."""
    state = clip.state_dict()
    out = {
        "logit_scale": state["logit_scale"],
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
        "text_model.embeddings.position_ids": torch.arange(77)[None],
        "text_projection.weight": state["text_projection"].T,
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "visual_projection.weight": state["visual.proj"].T,
    }
    norms = {
        "text_model.final_layer_norm": "ln_final",
        "vision_model.pre_layrnorm": "visual.ln_pre",
        "vision_model.post_layernorm": "visual.ln_post",
    }
    for tower, ours in (("text_model", "transformer"), ("vision_model", "visual.transformer")):
        for layer in range(2):
            theirs, mine = f"{tower}.encoder.layers.{layer}", f"{ours}.resblocks.{layer}"
            norms |= {
                f"{theirs}.layer_norm1": f"{mine}.ln_1",
                f"{theirs}.layer_norm2": f"{mine}.ln_2",
                f"{theirs}.mlp.fc1": f"{mine}.mlp.c_fc",
                f"{theirs}.mlp.fc2": f"{mine}.mlp.c_proj",
                f"{theirs}.self_attn.out_proj": f"{mine}.attn.out_proj",
            }
            for kind in ("weight", "bias"):
                parts = state[f"{mine}.attn.in_proj_{kind}"].chunk(3)
                for letter, part in zip("qkv", parts, strict=True):
                    out[f"{theirs}.self_attn.{letter}_proj.{kind}"] = part
    for theirs, mine in norms.items():
        for kind in ("weight", "bias"):
            out[f"{theirs}.{kind}"] = state[f"{mine}.{kind}"]
    return {name: tensor.contiguous() for name, tensor in out.items()}


def write_transformers(folder, clip, activation="quick_gelu"):
    path = folder / "model.safetensors"
    save_file({name: tensor.clone() for name, tensor in transformers_state(clip).items()}, path)
    towers = {
        "text_config": {"hidden_act": activation},
        "vision_config": {"hidden_act": activation},
    }
    (folder / "config.json").write_text(json.dumps({"model_type": "clip", **towers}))
    return path


def write_transformers_bin(folder, clip):
    path: Path = folder / "pytorch_model.bin"
    torch.save(transformers_state(clip), path)
    return path
