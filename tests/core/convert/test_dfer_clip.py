"""A file laid out as DFER-CLIP's authors save theirs gives what their forward pass gives."""

import math
import os
import sys

import numpy as np
import open_clip
import pytest
import torch
import torch.nn.functional as F

from core.checkpoint import load_checkpoint
from core.convert.__main__ import main
from core.convert.dfer_clip import convert_dfer_clip
from core.errors import CheckpointError
from core.labels import SEVEN
from core.preprocess import preprocess_crops
from tests.core.weights.published import plain_clip, write_archive

FRAMES, WIDTH, CONTEXT = 16, 16, 8
TEXTS = [
    "a smile, and raised cheeks.", "drooping eyelids.", "a straight mouth.", "tightened lips.",
    "widened eyes, an open mouth.", "a wrinkled nose.", "parted lips, a retracted chin.",
]  # fmt: skip


class RecorderMeter:
    """What their training saves beside the weights, pickled as a class of the main program."""

    def __init__(self):
        self.epoch_losses = np.zeros((50, 2), np.float32)


RecorderMeter.__module__ = "__main__"
RecorderMeter.__qualname__ = "RecorderMeter"


@pytest.fixture
def clip(plain):
    return plain


@pytest.fixture
def weights(tmp_path, clip):
    """OpenAI's file, which the text tower comes from."""
    return str(write_archive(tmp_path, clip))


def released(clip, *, shared=False, layers=1):
    """The module's state: see models/ of their repository for the names."""
    torch.manual_seed(7)
    tuned = {n: t + 0.05 * torch.randn_like(t) for n, t in clip.visual.state_dict().items()}
    ids = open_clip.tokenize(["X " * CONTEXT + text for text in TEXTS])
    embedded = clip.token_embedding(ids).detach()
    count = () if shared else (7,)
    state = {
        "prompt_learner.ctx": 0.5 * torch.randn(*count, CONTEXT, embedded.shape[-1]),
        "prompt_learner.token_prefix": embedded[:, :1],
        "prompt_learner.token_suffix": embedded[:, 1 + CONTEXT :],
        "temporal_net.cls_token": torch.randn(1, 1, WIDTH),
        "temporal_net.pos_embedding": torch.randn(1, FRAMES + 1, WIDTH),
    }  # fmt: skip
    for name, tensor in clip.state_dict().items():
        if name.startswith(("transformer.", "ln_final.")) or name in {
            "positional_embedding", "text_projection",
        }:  # fmt: skip
            state[f"text_encoder.{name}"] = tensor
        state[f"clip_model_.{name}"] = tensor
    # Their two names for one tower: what was tuned stands under both.
    for name, tensor in tuned.items():
        state[f"image_encoder.{name}"] = state[f"clip_model_.visual.{name}"] = tensor
    for layer in range(layers):
        place = f"temporal_net.temporal_transformer.layers.{layer}"
        sizes = {
            "0.fn.norm.weight": (WIDTH,), "0.fn.norm.bias": (WIDTH,),
            "0.fn.fn.to_qkv.weight": (3 * 512, WIDTH), "0.fn.fn.to_out.0.weight": (WIDTH, 512),
            "0.fn.fn.to_out.0.bias": (WIDTH,), "1.fn.norm.weight": (WIDTH,),
            "1.fn.norm.bias": (WIDTH,), "1.fn.fn.net.0.weight": (1024, WIDTH),
            "1.fn.fn.net.0.bias": (1024,), "1.fn.fn.net.3.weight": (WIDTH, 1024),
            "1.fn.fn.net.3.bias": (WIDTH,),
        }  # fmt: skip
        state |= {f"{place}.{name}": 0.2 * torch.randn(size) for name, size in sizes.items()}
    return state, ids


def write(path, state, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "RecorderMeter", RecorderMeter, raising=False)
    wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save(
        {
            "epoch": 12,
            "state_dict": wrapped,
            "best_acc": torch.tensor(71.2),
            "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(2)}}, "param_groups": []},
            "recorder": RecorderMeter(),
        },
        path,
    )


def their_forward(state, clip, ids, pixels):
    """Their forward pass in plain arithmetic; ``(B, T, 3, h, w)`` with values 0-1."""
    visual = plain_clip(quick_gelu=True).visual
    visual.load_state_dict(
        {n.removeprefix("image_encoder."): t for n, t in state.items() if "image_encoder." in n}
    )
    x = torch.stack([visual(frames) for frames in pixels])  # raw features
    get = {n.removeprefix("temporal_net."): t for n, t in state.items()}.__getitem__
    x = torch.cat([get("cls_token").expand(len(x), -1, -1), x], 1) + get("pos_embedding")
    layer = 0
    while f"temporal_net.temporal_transformer.layers.{layer}.0.fn.norm.weight" in state:
        p = f"temporal_transformer.layers.{layer}."
        y = F.layer_norm(x, (WIDTH,), get(f"{p}0.fn.norm.weight"), get(f"{p}0.fn.norm.bias"))
        q, k, v = (
            part.view(len(x), -1, 8, 64).transpose(1, 2)
            for part in (y @ get(f"{p}0.fn.fn.to_qkv.weight").T).chunk(3, -1)
        )
        y = ((q @ k.transpose(2, 3)) * 64**-0.5).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(len(x), -1, 512)
        x = x + y @ get(f"{p}0.fn.fn.to_out.0.weight").T + get(f"{p}0.fn.fn.to_out.0.bias")
        y = F.layer_norm(x, (WIDTH,), get(f"{p}1.fn.norm.weight"), get(f"{p}1.fn.norm.bias"))
        y = y @ get(f"{p}1.fn.fn.net.0.weight").T + get(f"{p}1.fn.fn.net.0.bias")
        y = 0.5 * y * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3)))
        x = x + y @ get(f"{p}1.fn.fn.net.3.weight").T + get(f"{p}1.fn.fn.net.3.bias")
        layer += 1
    video = F.normalize(x[:, 0], dim=-1)
    context = state["prompt_learner.ctx"].expand(7, -1, -1)
    prompts = torch.cat(
        [state["prompt_learner.token_prefix"], context, state["prompt_learner.token_suffix"]], 1
    )
    t = clip.transformer(prompts + clip.positional_embedding, attn_mask=clip.attn_mask)
    t = clip.ln_final(t)[torch.arange(7), ids.argmax(-1)] @ clip.text_projection
    return video @ F.normalize(t, dim=-1).T / 0.01


@pytest.mark.parametrize(("shared", "layers"), [(False, 1), (True, 2)])
def test_the_folder_gives_their_logits(shared, layers, tmp_path, clip, weights, monkeypatch):
    state, ids = released(clip, shared=shared, layers=layers)
    path = tmp_path / "DFEW-set1-model_best.pth"
    write(path, state, monkeypatch)
    out = tmp_path / "folder"
    assert main([str(path), "--out", str(out), "--backbone-weights", weights]) == 0
    checkpoint = load_checkpoint(out, backbone_weights=weights)
    pixels = torch.rand(2, FRAMES, 3, 224, 224)
    with torch.no_grad():
        expected = their_forward(state, clip, ids, pixels)
        torch.testing.assert_close(
            checkpoint.model(pixels, checkpoint.class_vectors), expected, atol=2e-3, rtol=1e-4
        )
    assert checkpoint.config.model.labels == SEVEN
    assert checkpoint.config.model.options["descriptions"]["happiness"] == [
        "a smile , and raised cheeks ."
    ]
    assert "tightened lips" in checkpoint.card.markdown
    assert expected.std() > 1  # the classes are told apart, so equality means something


def test_every_switch_matters(tmp_path, clip, weights, monkeypatch):
    state, _ = released(clip)
    path = tmp_path / "model.pth"
    write(path, state, monkeypatch)
    checkpoint = convert_dfer_clip(path, backbone_weights=weights)
    preprocess = checkpoint.config.model.preprocess
    crop = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    seen = preprocess_crops([crop], preprocess)
    torch.testing.assert_close(seen, torch.from_numpy(crop).permute(2, 0, 1)[None] / 255)
    model, pixels = checkpoint.model, torch.rand(1, FRAMES, 3, 224, 224)
    right = model(pixels)
    model.tower.unit = True
    assert not torch.allclose(model(pixels), right, atol=1e-2)
    model.tower.unit = False
    model.temporal_model.blocks[0].activation = torch.nn.GELU()
    assert not torch.equal(model(pixels), right)


def test_eleven_or_other_classes_need_names(tmp_path, clip, weights, monkeypatch):
    state, _ = released(clip)
    for name in ("ctx", "token_prefix", "token_suffix"):
        state[f"prompt_learner.{name}"] = state[f"prompt_learner.{name}"][:3]
    path = tmp_path / "model.pth"
    write(path, state, monkeypatch)
    with pytest.raises(CheckpointError, match="3 classes, and no names"):
        convert_dfer_clip(path, backbone_weights=weights)
    named = convert_dfer_clip(path, labels=("a", "b", "c"), backbone_weights=weights)
    assert named.config.model.labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("prompt_learner.ctx"), "no DFER-CLIP: it has no prompt_learner.ctx"),
        (lambda s: s.pop("temporal_net.cls_token"), "no temporal_net.cls_token"),
        (lambda s: s.pop("image_encoder.proj"), r"missing \(tower.visual.proj"),
        (lambda s: s.update({"image_encoder.x": torch.zeros(1)}), r"unexpected \(tower.visual.x"),
        (lambda s: s["prompt_learner.token_suffix"].add_(1), "another text tower"),
        (lambda s: s["text_encoder.ln_final.bias"].add_(1), r"ln_final\.bias differs"),
        (lambda s: s["temporal_net.cls_token"].fill_(torch.nan), "NaN"),
    ],
)
def test_what_is_no_such_file(change, words, tmp_path, clip, weights, monkeypatch):
    state, _ = released(clip)
    state = {name: tensor.clone() for name, tensor in state.items()}
    change(state)
    path = tmp_path / "model.pth"
    write(path, state, monkeypatch)
    with pytest.raises(CheckpointError, match=words):
        convert_dfer_clip(path, backbone_weights=weights)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_the_command_says_what_is_wrong_and_runs_nothing(tmp_path, weights, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.pth"
    torch.save({"state_dict": {}, "recorder": Bomb()}, path)
    command = [str(path), "--out", "out", "--backbone-weights", weights]
    assert main(command) == 2
    assert "more than tensors" in caplog.text
    assert not (tmp_path / "exploded").exists()
    (tmp_path / "out").mkdir()
    assert main(command) == 2
    assert "out is there already" in caplog.text
