"""The settings of FaceCLIP's own training."""

from pydantic.dataclasses import dataclass

from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class PretrainConfig:
    """How FaceCLIP is trained; every value is ours, chosen on the validation part.

    Attributes:
        epochs: Passes of ``draws_per_epoch`` images.
        draws_per_epoch: Images drawn with replacement in one epoch.
        batch_size: Images per step.
        learning_rate: Peak rate of AdamW, reached after ``warmup_steps``, then cosine to zero.
        early_image_size: Side of the images at first [px]; the network has no layer that minds.
        early_share: Share of the epochs at that size; the rest, with the lower rates, sees the
            size of prediction. It pays only for inputs larger than 64 px.
        variation: Strength of the random views; a short last run with less of it sees faces more
            like those of prediction.
        zoom: Boxes are drawn up to this many times larger and smaller (log-uniform, times
            ``variation``); detectors differ by a third in how tightly they frame a face.
        frozen_blocks: Blocks of a ``face_mobilenet``, from the input on, that keep the weights
            they started with, and their statistics, for ``frozen_share`` of the epochs: they are
            the dear ones, and a start that knows faces has them right.
        frozen_share: See ``frozen_blocks``.
        class_power: Classes are drawn in proportion to their size to this power; 1 keeps the
            imbalance, 0 removes it.
        label_smoothing: Share of each target spread over all classes: FER2013's annotators agree
            on about 65 % of it.
        distillation: Share of each target that is what the teachers, if there are any, say on
            average instead of the label (arXiv 1503.02531): the doubt that labels do not tell.
        mixup: Parameter of the Beta distribution that blends pairs of images; 0 turns it off (a
            run of 25 epochs underfits with it).
        classifier_weight: Weight of a linear classifier's loss beside the contrastive one. The
            classifier is thrown away; without it the text tower, which starts with nearly equal
            vectors for all classes, holds the image tower back (53 % after nine epochs).
        logit_scale: Where the learned scale of the cosines starts. CLIP's 14 is made for batches
            of thousands of different captions and is too soft for seven kinds of them.
        captions_per_class: Captions of each class that a step compares with.
        imitation_weight: Weight at first of imitating a teacher, if there is one: one minus the
            cosine to its feature of the plain view.
        imitation_share: Share of the run in which that weight falls to zero; the rest follows the
            labels alone. A teacher at 64 % takes a new network to 44 % within 400 steps, where the
            labels alone take it to 35 %.
        average_decay: Memory of the averaged weights, per step.
        seed: Source of every random choice.
    """

    epochs: int = 24
    draws_per_epoch: int = 28_000
    batch_size: int = 128
    early_image_size: int = 64
    early_share: float = 0.0
    variation: float = 0.5
    zoom: float = 1.25
    frozen_blocks: int = 0
    frozen_share: float = 0.0
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup_steps: int = 200
    class_power: float = 0.5
    label_smoothing: float = 0.05
    distillation: float = 0.0
    mixup: float = 0.0
    classifier_weight: float = 1.0
    logit_scale: float = 30.0
    captions_per_class: int = 3
    imitation_weight: float = 5.0
    imitation_share: float = 0.5
    average_decay: float = 0.999
    seed: int = 0
