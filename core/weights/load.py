"""One of OpenAI's architectures with weights from open_clip's table, a file or a folder."""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import open_clip
from open_clip.model import CLIP, resize_pos_embed
from torch import Tensor

from core.backbone_config import Activation, BackboneConfig, Evidence
from core.config import Colours
from core.errors import BackboneError
from core.model.architectures import architecture_of, build_clip, parse_name
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights, misfits, reject_unfinite, variant_of
from core.weights.files import WeightFile, read_weights
from core.weights.names import to_open_clip
from core.weights.origin import TOLD, Origin, origin_of, published
from core.weights.remembered import remembered

logger = logging.getLogger(__name__)

DEFAULT_WEIGHTS = "openai"
POSITIONS = "visual.positional_embedding"


@dataclass(frozen=True)
class LoadedClip:
    """A frozen CLIP and what is known of it.

    Attributes:
        model: The towers.
        config: Architecture, activation, origin and hash.
        colours: What the image tower expects; None if nothing tells.
    """

    model: FrozenClip
    config: BackboneConfig
    colours: Colours | None


def load_clip(
    name: str | None,
    weights: str = DEFAULT_WEIGHTS,
    *,
    activation: Activation | None = None,
    recorded: Activation | None = None,
    image_size: int | None = None,
) -> LoadedClip:
    """Load one of OpenAI's architectures.

    Args:
        name: A key of ``ARCHITECTURES``; None for the one that a file holds.
        weights: open_clip's name of published weights (``openai``, ``laion2b_s34b_b79k``,
            ``datacomp_xl_s13b_b90k``, …), which the hub or its cache gives; or a file, or a folder
            with one: OpenAI's archive, a state dictionary, open_clip's or transformers' file.
        activation: What the user says it is; None takes what is known, and OpenAI's if nothing is.
        recorded: What a checkpoint was trained with, whatever the file says.
        image_size: Side of the input [px]; None takes the native one, for another the positions of
            the patches are interpolated (A2).

    Raises:
        BackboneError: What is wrong with the name, the weights, or both together.
    """
    if name is not None:
        parse_name(name)
    if name and open_clip.is_pretrained_cfg(name, weights) and not Path(weights).exists():
        origin, file = published(name, weights), _fetch(name, weights)
    else:
        _raise_unpublished(name, weights)
        origin, file = None, read_weights(Path(weights))
    state = to_open_clip(file.state)
    found = architecture_of(state, str(file.path))
    if name not in {None, found}:
        raise BackboneError(f"{file.path} holds a {found}, but {name} was asked for")
    origin = origin or origin_of(found, file)
    chosen, evidence = (
        (recorded, origin.evidence) if recorded else _activation(origin, activation, file)
    )
    clip = build_clip(found, chosen, image_size)
    _fit_positions(state, clip, file)
    if told := misfits(clip.state_dict(), state):
        raise BackboneError(f"{file.path} is no complete {found}: {told}")
    reject_unfinite(state, file.path, BackboneError)
    clip.load_state_dict(state)
    model = FrozenClip(clip, variant=variant_of(chosen))
    config = BackboneConfig(
        name=found,
        sha256=remembered(file.path, f"weights {chosen} {image_size}", lambda: hash_weights(model)),
        activation=chosen,
        weights=origin.weights,
        evidence=evidence,
    )
    return LoadedClip(model, config, origin.colours)


def _raise_unpublished(name: str | None, weights: str) -> None:
    """OpenAI published half of the architectures; which tags others have is worth saying."""
    if name and weights == DEFAULT_WEIGHTS and not Path(weights).exists():
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(name)) or "none"
        raise BackboneError(
            f"OpenAI published no weights of {name}; give a file of some with --backbone-weights, "
            f"or the name of published ones: {tags}"
        )


def _fit_positions(state: dict[str, Tensor], clip: CLIP, file: WeightFile) -> None:
    """Interpolate the positions of the patches where the input has another size."""
    positions = state.get(POSITIONS)
    if positions is None or positions.shape == clip.visual.positional_embedding.shape:
        return
    try:
        state[POSITIONS] = positions.float()  # there is no interpolation in half precision
        resize_pos_embed(state, clip)
    except (RuntimeError, IndexError) as error:
        raise BackboneError(
            f"{file.path} has positions of shape {tuple(positions.shape)}, which are no square "
            "of patches"
        ) from error


def _fetch(name: str, tag: str) -> WeightFile:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = open_clip.download_pretrained(open_clip.get_pretrained_cfg(name, tag))
    # The hub client raises its own, requests' or httpx's errors, depending on what failed.
    except Exception as error:
        raise BackboneError(
            f"the weights {tag} of {name} cannot be fetched ({type(error).__name__}): connect once "
            "to the hub, or pass a file of them with --backbone-weights"
        ) from error
    return read_weights(Path(path))


def _activation(
    origin: Origin, asked: Activation | None, file: WeightFile
) -> tuple[Activation, Evidence]:
    if origin.activation is not None:
        if asked not in {None, origin.activation}:
            raise BackboneError(
                f"{file.path} was trained with {origin.activation} ({TOLD[origin.evidence]}), but "
                f"{asked} was asked for"
            )
        return origin.activation, origin.evidence
    if asked is not None:
        return asked, "asked"
    logger.warning(
        "%s does not say its activation; QuickGELU is assumed, as in OpenAI's weights. LAION's and "
        "DataComp's mostly have GELU: ask for them with -gelu after the backbone's name",
        file.path,
    )
    return "quick-gelu", "assumed"
