"""FaceCLIP: our own small two-tower CLIP for face crops."""

from dataclasses import asdict, replace

from open_clip.model import CLIP

from core.backbone_config import BackboneConfig, TextTower, TimmNetwork
from core.errors import BackboneError
from core.model.face_tower import face_mobilenet, face_resnet

# A narrow two-layer text tower keeps the 49,408-word table of open_clip's tokenizer at 6 MB in
# half precision.
FACE_CLIP_RESNET = BackboneConfig(
    name="FaceCLIP",
    embed_dim=256,
    vision=TimmNetwork("face_resnet", image_size=64),
    text=TextTower(width=64, heads=2, layers=2),
    mirror=True,
)
FACE_CLIP_MOBILENET = replace(FACE_CLIP_RESNET, vision=TimmNetwork("face_mobilenet", image_size=96))
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
    if config.embed_dim is None or config.vision is None or config.text is None:
        raise BackboneError(f"{config.name} is not a FaceCLIP architecture")
    try:
        return CLIP(config.embed_dim, asdict(config.vision), asdict(config.text))
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        raise BackboneError(
            f"open_clip cannot build this FaceCLIP architecture: {error}"
        ) from error
