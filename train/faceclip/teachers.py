"""What earlier towers know of the faces that new ones learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from open_clip.model import CLIP
from torch import Tensor

from core.checkpoint import load_backbone
from core.errors import BackboneError
from train.faceclip.naming import class_vectors, image_features


@dataclass(frozen=True)
class Teacher:
    """Towers of an earlier run.

    Attributes:
        towers: Of any architecture.
        size: Side of their images [px].
    """

    towers: CLIP
    size: int


@dataclass(frozen=True)
class Lessons:
    """What teachers make of every training face, each seen plainly and in the mirror.

    Attributes:
        features: ``(N, D)`` float32, unit length: the first teacher's.
        opinions: ``(N, K)`` float32 class probabilities, the mean over the teachers.
    """

    features: Tensor
    opinions: Tensor


def read_teacher(folder: Path) -> Teacher:
    """Open a FaceCLIP folder, or a checkpoint on a FaceCLIP."""
    loaded = load_backbone(folder)
    # As its images will come: the other order takes a processor twice as long.
    towers = loaded.model.clip.to(memory_format=torch.channels_last)
    return Teacher(towers, loaded.preprocess.image_size)


@torch.no_grad()
def lessons_from(teachers: Sequence[Teacher], canvases: Tensor) -> Lessons:
    """Show all faces to all teachers.

    Args:
        teachers: At least one.
        canvases: ``(N, 64, 64)`` uint8 grey, on the device that computes.
    """
    features, opinions = [], []
    for teacher in teachers:
        teacher.towers.to(canvases.device)
        seen = image_features(teacher.towers, canvases, teacher.size)
        scale = teacher.towers.logit_scale.exp()
        features.append(seen)
        opinions.append((scale * seen @ class_vectors(teacher.towers).T).softmax(1))
    return Lessons(features[0], torch.stack(opinions).mean(0))


def text_tower_for(student: CLIP, teacher: Teacher) -> dict[str, Tensor]:
    """All weights of the teacher but its image tower's.

    Raises:
        BackboneError: They do not fit the student.
    """
    own, known = student.state_dict(), teacher.towers.state_dict()
    text = {name: tensor for name, tensor in known.items() if not name.startswith("visual.")}
    if any(own[name].shape != tensor.shape for name, tensor in text.items()):
        widths = [towers.text_projection.shape for towers in (teacher.towers, student)]
        raise BackboneError(
            "the teacher's text tower does not fit: widths {}×{}, and {}×{} are wanted; teach "
            "with towers of the same widths".format(*widths[0], *widths[1])
        )
    return text
