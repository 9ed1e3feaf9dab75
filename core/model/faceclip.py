"""FaceCLIP: our own small two-tower CLIP for face crops."""

from dataclasses import replace

from open_clip.model import CLIP

from core.config import BackboneConfig
from core.errors import BackboneError
from core.model.face_tower import face_mobilenet, face_resnet

# A narrow two-layer text tower keeps the 49,408-word table of open_clip's tokenizer at 6 MB in
# half precision.
FACE_CLIP_RESNET = BackboneConfig(
    name="FaceCLIP",
    embed_dim=256,
    vision={
        "timm_model_name": face_resnet.__name__,
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 64,
    },
    text={"width": 64, "heads": 2, "layers": 2},
    mirror=True,
)
FACE_CLIP_MOBILENET = replace(
    FACE_CLIP_RESNET,
    vision={
        **FACE_CLIP_RESNET.vision,
        "timm_model_name": face_mobilenet.__name__,
        "image_size": 96,
    },
)
# By the names of their image towers.
FACE_CLIPS = {
    face_resnet.__name__: FACE_CLIP_RESNET,
    face_mobilenet.__name__: FACE_CLIP_MOBILENET,
}


def build_face_clip(config: BackboneConfig) -> CLIP:
    """Build the towers with random weights.

    Raises:
        BackboneError: open_clip does not accept the architecture.
    """
    if config.embed_dim is None:
        raise BackboneError(f"{config.name} is not a FaceCLIP architecture")
    try:
        return CLIP(config.embed_dim, vision_cfg=config.vision, text_cfg=config.text)
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        raise BackboneError(
            f"open_clip cannot build this FaceCLIP architecture: {error}"
        ) from error
