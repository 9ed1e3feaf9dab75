"""A tiny CLIP in the place of ViT-B-32: the same code loads it, with another table of sizes."""

import json

import open_clip
import pytest

from core.model import architectures
from tests.core.weights.published import TINY, plain_clip


@pytest.fixture(autouse=True)
def tiny_architecture(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("configs") / "tiny-test-vit.json"
    path.write_text(json.dumps(TINY))
    open_clip.add_model_config(path)
    monkeypatch.setitem(architectures.ARCHITECTURES, "ViT-B-32", "tiny-test-vit")


@pytest.fixture
def plain():
    """open_clip's own model with weights that half precision holds; QuickGELU."""
    return plain_clip(quick_gelu=True)
