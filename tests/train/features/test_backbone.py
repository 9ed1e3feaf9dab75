"""What ``--backbone`` names is what features are stored under."""

import torch

from core.checkpoint import load_backbone
from core.model.backbones import hash_weights
from train.features.backbone import open_backbone


def test_a_checkpoint_and_the_face_clip_in_it_are_one_backbone(tiny_checkpoint, face_clip_folder):
    device = torch.device("cpu")
    opened = open_backbone(str(tiny_checkpoint), "openai", [], device)
    assert opened.identity == hash_weights(load_backbone(tiny_checkpoint).model)
    assert opened.preprocess == load_backbone(tiny_checkpoint).preprocess
    folder = open_backbone(str(face_clip_folder), "openai", [], device)
    assert folder.identity == folder.config.sha256 != opened.identity
