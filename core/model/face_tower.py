"""FaceCLIP's image towers: networks for small pictures on processors.

FER2013's faces hold 48 px of detail. A network made for 224 px shrinks them to 3×3 places, and its
widest layers, where half of the time goes, have next to nothing to look at. ``face_resnet``
spends the time where the detail is: at 64 px its three stages see 32×32, 16×16 and 8×8 places. It
multiplies 1.6 times as much as an 18-layer ResNet at 80 px, and a training step takes seven tenths
of that one's time.

``face_mobilenet`` is MobileNet v1 (arXiv 1704.04861) with TensorFlow's padding, so that weights
trained there fit. At 96 px it takes two thirds of ``face_resnet``'s time per frame in float32, and
1.4 times as much in bf16 on AMX units, which favour dense convolutions.
"""

from typing import Any, cast

from timm.models import (
    build_model_with_cfg,
    create_model,
    generate_default_cfgs,
    register_model,
)
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from timm.models.efficientnet import EfficientNet

FACE_RESNET = ByoModelCfg(
    blocks=(
        ByoBlockCfg(type="basic", d=1, c=64, s=1, gs=0, br=1.0),
        ByoBlockCfg(type="basic", d=2, c=128, s=2, gs=0, br=1.0),
        ByoBlockCfg(type="basic", d=3, c=256, s=2, gs=0, br=1.0),
    ),
    stem_chs=32,
    stem_type="3x3",
    stem_pool="",
)

# timm wants to know each model's home; this one has none.
default_cfgs = generate_default_cfgs(
    {
        "face_resnet.untrained": {"input_size": (3, 64, 64)},
        "face_mobilenet.untrained": {"input_size": (3, 96, 96)},
    }
)


@register_model
def face_resnet(pretrained: bool = False, **kwargs: Any) -> ByobNet:
    """Six basic blocks behind a 3×3 stem, for timm's and so open_clip's registry of models.

    timm calls it; it holds no weights of it, so that ``pretrained`` raises ``RuntimeError``.
    """
    model: ByobNet = build_model_with_cfg(
        ByobNet, "face_resnet", pretrained, model_cfg=FACE_RESNET, **kwargs
    )
    return model


@register_model
def face_mobilenet(pretrained: bool = False, **kwargs: Any) -> EfficientNet:
    """MobileNet v1 of full width, for timm's and so open_clip's registry of models.

    Raises:
        RuntimeError: ``pretrained``: it holds no weights.
    """
    if pretrained:
        raise RuntimeError("face_mobilenet has no pretrained weights")
    for name in ("pretrained_cfg", "pretrained_cfg_overlay", "cache_dir"):
        kwargs.pop(name, None)
    return cast(EfficientNet, create_model("mobilenetv1_100", pad_type="same", **kwargs))
