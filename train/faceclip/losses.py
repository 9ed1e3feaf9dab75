"""Losses as pure functions."""

from torch import Tensor


def label_aware_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Contrastive loss in both directions with soft, shared targets.

    Args:
        logits: ``(B, K·M)`` scaled cosines of images and captions, ``M`` captions per class in
            class order.
        targets: ``(B, K)`` class distribution of each image, rows summing to one.

    Returns:
        Mean of the image-to-text and the text-to-image cross-entropy.
    """
    per_class = logits.shape[1] // targets.shape[1]
    wanted = targets.repeat_interleave(per_class, 1)  # (B, K·M)
    by_image = wanted / wanted.sum(1, keepdim=True)
    by_text = wanted / wanted.sum(0, keepdim=True)
    image_loss = -(by_image * logits.log_softmax(1)).sum(1).mean()
    text_loss = -(by_text * logits.log_softmax(0)).sum(0).mean()
    return (image_loss + text_loss) / 2
