"""Write a checkpoint as ONNX: ``python -m core.export CHECKPOINT --out DIR``.

Programs without torch then recognise expressions with ONNX Runtime alone: ``image.onnx`` turns
preprocessed face crops into features, ``clip.onnx`` a clip's features into probabilities. The class
vectors are constants of the latter and lie beside it, for comparisons of one's own. Before anything
is reported written, ONNX Runtime must give the verdicts that torch gives.
"""

import argparse
import importlib.util
import json
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from core.errors import A3LignError, ConfigError
from core.model.backbone import FrozenClip
from core.model.method import Method
from core.settings import dump_settings

logger = logging.getLogger(__name__)

NEEDED = ("onnx", "onnxscript", "onnxruntime")
# Rounding of another order of additions; a verdict may only differ where two classes are as close.
TOLERANCE = 1e-3
CHECKED = 8


class ImageGraph(nn.Module):
    """Crops ``(N, 3, h, w)`` to features ``(N, D)``."""

    def __init__(self, model: Method) -> None:
        super().__init__()
        self.model = model
        mirrors = model.backbone.mirror and not model.has_own_tower
        self.plain = FrozenClip(model.backbone.clip) if mirrors else None

    def forward(self, pixels: Tensor) -> Tensor:
        """See the class."""
        if self.plain is None:
            return self.model.encode_frames(pixels)
        # One pass each: where both share one, the exporter fixes the number of frames.
        seen, mirrored = map(self.plain.encode_frames, (pixels, pixels.flip(-1)))
        return F.normalize(seen + mirrored, dim=-1)


class ClipGraph(nn.Module):
    """Features ``(B, T, D)`` to similarities and calibrated probabilities, ``(B, K)`` each."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.model = checkpoint.model
        self.temperature = checkpoint.config.calibration.temperature
        self.register_buffer("classes", checkpoint.class_vectors)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        similarities = self.model.similarities(features, self.get_buffer("classes"))
        logits = self.model.comparison.logits(similarities) / self.temperature
        return similarities, logits.softmax(-1)


def export_checkpoint(checkpoint: Checkpoint, folder: Path) -> dict[str, float]:
    """Write the files and compare them with the model.

    Args:
        checkpoint: Loaded, on the CPU.
        folder: New.

    Returns:
        The largest difference of ``features`` and ``probabilities`` that was found.

    Raises:
        ConfigError: A package is missing, or the folder is there already.
        A3LignError: ONNX Runtime does not give the same verdicts.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"exporting needs {', '.join(missing)}; install requirements-train.txt")
    if folder.exists():
        raise ConfigError(f"{folder} is there already; choose another folder")
    settings, model = checkpoint.config.model, checkpoint.model.eval()
    size = settings.preprocess.image_size
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(CHECKED, 3, size, size, generator=generator)
    with torch.no_grad():
        seen = model.encode_frames(pixels)
    # Clips of random lengths in random directions, so that all classes have a chance.
    features = torch.randn(CHECKED, settings.frames, seen.shape[1], generator=generator)
    features = features / features.norm(dim=-1, keepdim=True) * seen.norm(dim=-1).mean()
    folder.mkdir(parents=True)
    image, clip = ImageGraph(model), ClipGraph(checkpoint)
    _write(image, pixels, folder / "image.onnx", {"pixels": "features"})
    _write(clip, features, folder / "clip.onnx", {"features": "similarities probabilities"})
    np.save(folder / "class_vectors.npy", checkpoint.class_vectors.numpy())
    about = {
        "checkpoint": checkpoint.name,
        "labels": list(settings.labels),
        "frames": settings.frames,
        "sampling": settings.sampling,
        "margin": checkpoint.config.calibration.margin,
        "preprocess": dump_settings(settings.preprocess),
    }
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(checkpoint.card.markdown, encoding="utf-8")
    return compare(image, clip, pixels, features, folder)


def _write(graph: nn.Module, example: Tensor, path: Path, names: Mapping[str, str]) -> None:
    (given, made), *_ = names.items()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter about itself
            torch.onnx.export(
                graph,
                (example,),
                path,
                dynamo=True,
                external_data=False,
                input_names=[given],
                output_names=made.split(),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                verbose=False,
            )
    # The exporter raises errors of many kinds for operations that ONNX does not have.
    except Exception as error:
        raise A3LignError(
            f"{path.name} cannot be written: ONNX has no form for this model "
            f"({type(error).__name__})"
        ) from error


def compare(
    image: nn.Module, clip: nn.Module, pixels: Tensor, features: Tensor, folder: Path
) -> dict[str, float]:
    """Largest differences between torch and ONNX Runtime, in other numbers of frames and clips.

    Raises:
        A3LignError: They are no rounding.
    """
    with torch.no_grad():
        expected = {"features": image(pixels[:3]), "probabilities": clip(features[:5])[1]}
    found = {
        "features": run_onnx(folder / "image.onnx", pixels[:3].numpy())[0],
        "probabilities": run_onnx(folder / "clip.onnx", features[:5].numpy())[1],
    }
    differences = {
        name: float(np.abs(tensor.numpy() - found[name]).max()) for name, tensor in expected.items()
    }
    wrong = {name: gap for name, gap in differences.items() if not gap < TOLERANCE}
    if wrong:
        raise A3LignError(
            f"ONNX Runtime differs from torch by {max(wrong.values()):.2g} in the "
            f"{' and '.join(wrong)}; the files in {folder} are not to be used"
        )
    return differences


def run_onnx(path: Path, values: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Run a graph of one input with ONNX Runtime on the processor.

    Raises:
        A3LignError: It cannot.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        outputs: list[np.ndarray[Any, Any]] = session.run(
            None, {session.get_inputs()[0].name: values}
        )
    # Its exceptions have no parent of their own.
    except Exception as error:
        raise A3LignError(f"ONNX Runtime cannot run {path} ({error!s:.200})") from error
    return outputs


def main(argv: list[str] | None = None) -> int:
    """Export one checkpoint; 0 if the files are written and checked, 2 if not."""
    arguments = _arguments().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logger.setLevel(logging.INFO)
    try:
        checkpoint = load_checkpoint(
            arguments.checkpoint, backbone_weights=arguments.backbone_weights
        )
        differences = export_checkpoint(checkpoint, arguments.out)
    except (A3LignError, OSError) as error:
        logger.error("%s", error)
        return 2
    told = ", ".join(f"{name} {gap:.1g}" for name, gap in differences.items())
    logger.info("wrote %s; largest differences from torch: %s", arguments.out, told)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.export", description=__doc__)
    parser.add_argument(
        "checkpoint", nargs="?", default=str(SHIPPED), help="folder, hub id, or zero-shot[:SOURCE]"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the files, new")
    parser.add_argument("--backbone-weights", default="openai", help="file of OpenAI's weights")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
