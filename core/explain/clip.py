"""Everything that explains the verdict on one clip, as arrays."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.checkpoint import Checkpoint
from core.curves import clip_verdict
from core.errors import CheckpointError
from core.explain.attention import attention_maps
from core.explain.influence import Influence, frame_influence
from core.explain.moments import moment_windows, pick_moments
from core.explain.relevance import Relevance, image_relevance
from core.explain.vectors import TextVectors, cosines, text_vectors, video_vectors
from core.prediction import Array, Prediction
from core.preprocess import preprocess_crops
from core.recognizer import Recognizer
from core.trust import trust_in


@dataclass(frozen=True)
class SpaceView:
    """One clip beside the sentences, in one space: before or after the temporal layers.

    Attributes:
        moments: ``(M, D)`` one vector per moment. Before: the frame's own feature. After: what the
            window around the frame is compared by, so the cosines are those of the curve.
        clip: ``(D,)`` the whole clip's: before, the mean of the sampled frames; after, the vector
            that the verdict was made from.
        moment_sentences: ``(M, K, S)`` cosine of each moment with each sentence.
        sampled_sentences: ``(T, K, S)`` cosine of each sampled frame with each sentence; after the
            layers, the frame's step in the verdict's own clip. Where ``S`` is ``T``, sentence
            ``j`` and frame ``j`` share a position: the diagonal.
        moment_classes: ``(M, K)`` cosine of each moment with each class vector.
        clip_classes: ``(K,)`` cosine of the clip with each class vector; after the layers, with
            mean pooling, the cosines of the verdict.
    """

    moments: Array
    clip: Array
    moment_sentences: Array
    sampled_sentences: Array
    moment_classes: Array
    clip_classes: Array


@dataclass(frozen=True)
class ClipExplanation:
    """Why one face of one clip got its verdict.

    Attributes:
        labels: ``K`` class names.
        verdict: Index of the verdict's class.
        rows: ``(M,)`` rows of ``prediction.frames``, the moments.
        times_s: ``(M,)`` their times [s].
        sampled: ``(T,)`` rows that the verdict was made from.
        sampled_times_s: ``(T,)`` their times [s].
        text: The sentences.
        before: The clip in CLIP's own space.
        after: The clip in the aligned space.
        attention_video: ``(layers, H, T, T)``.
        influence: What the verdict owes to each sampled frame.
        relevance: Where in the sampled crops the evidence is; None if it was not asked for.
    """

    labels: tuple[str, ...]
    verdict: int
    rows: NDArray[np.int64]
    times_s: NDArray[np.float64]
    sampled: NDArray[np.int64]
    sampled_times_s: NDArray[np.float64]
    text: TextVectors
    before: SpaceView
    after: SpaceView
    attention_video: Array
    influence: Influence
    relevance: Relevance | None


def explain_clip(
    checkpoint: Checkpoint,
    recognizer: Recognizer,
    prediction: Prediction,
    *,
    text: TextVectors | None = None,
    with_relevance: bool = True,
) -> ClipExplanation:
    """Explain a finished prediction; nothing of the video is read again.

    Args:
        checkpoint: The one that made the prediction.
        recognizer: The same, on its device.
        prediction: From ``Predictor.predict``.
        text: From ``explain_text``, if it is at hand.
        with_relevance: Whether to mark the evidence in the crops, the slowest part.

    Raises:
        BackboneError: Relevance was asked for and the image tower is of an unknown kind.
        ConfigError: The prediction was read from a file.
    """
    prediction.require_features()
    text = text or explain_text(checkpoint, recognizer)
    rows = pick_moments(prediction)
    frames = prediction.frames
    clip = np.asarray(frames.features[prediction.sampled], np.float32)
    verdict = int(prediction.probabilities.argmax())
    sampled = video_vectors(recognizer.model, clip[None])
    windows = video_vectors(recognizer.model, moment_windows(recognizer, prediction, rows))
    return ClipExplanation(
        labels=prediction.labels,
        verdict=verdict,
        rows=rows,
        times_s=frames.times_s[rows],
        sampled=prediction.sampled,
        sampled_times_s=frames.times_s[prediction.sampled],
        text=text,
        before=_view(text.before, text.class_before, frames.features[rows], clip, clip.mean(0)),
        after=_view(
            text.after, text.class_after, windows.pooled, sampled.steps[0], sampled.pooled[0]
        ),
        attention_video=attention_maps(recognizer.model, clip[None], "video")[0],
        influence=frame_influence(clip, verdict, recognizer.compare, recognizer.probabilities),
        relevance=relevance_of(checkpoint, recognizer, prediction, verdict)
        if with_relevance
        else None,
    )


def reconsider(
    checkpoint: Checkpoint, recognizer: Recognizer, prediction: Prediction
) -> Prediction:
    """The verdict of another model with the same image tower, from the features at hand.

    The curves stay those of the first model.

    Raises:
        CheckpointError: The other model sees pictures in another way.
        ConfigError: The prediction was read from a file.
    """
    prediction.require_features()
    frames = prediction.frames
    found = np.flatnonzero(frames.found)
    features = np.asarray(frames.features[found], np.float32)
    if recognizer.model.has_own_tower:
        raise CheckpointError(
            f"{checkpoint.name} sees pictures through an image tower of its own; run the clip "
            "through it instead"
        )
    if features.shape[1] != checkpoint.model.backbone.embed_dim:
        raise CheckpointError(
            f"{checkpoint.name} needs features of width {checkpoint.model.backbone.embed_dim}, "
            f"got {features.shape[1]}; run the clip through it instead"
        )
    verdict = clip_verdict(recognizer, features)
    best = np.sort(verdict.probabilities)
    return replace(
        prediction,
        labels=recognizer.labels,
        probabilities=verdict.probabilities,
        similarities=verdict.similarities,
        uncertain=bool(best[-1] - best[-2] < checkpoint.config.calibration.margin),
        checkpoint=checkpoint.name,
        sampled=found[verdict.rows],
        trust=trust_in(checkpoint),
    )


def explain_text(checkpoint: Checkpoint, recognizer: Recognizer) -> TextVectors:
    """Send a checkpoint's stored sentences through its temporal layers."""
    return text_vectors(recognizer.model, checkpoint.sentence_features)


def relevance_of(
    checkpoint: Checkpoint, recognizer: Recognizer, prediction: Prediction, target: int
) -> Relevance:
    """Mark the evidence for one class in the sampled crops; see ``image_relevance``."""
    crops = [_decode(prediction.frames.crops[row]) for row in prediction.sampled]
    pixels = preprocess_crops(crops, checkpoint.config.model.preprocess)
    features = np.asarray(prediction.frames.features[prediction.sampled], np.float32)
    classes = checkpoint.class_vectors.to(recognizer.device)
    return image_relevance(recognizer.model, pixels, features, classes, target)


def _view(
    sentences: Array, classes: Array, moments: Array, sampled: Array, clip: Array
) -> SpaceView:
    return SpaceView(
        moments=np.asarray(moments, np.float32),
        clip=clip,
        moment_sentences=cosines(moments, sentences),
        sampled_sentences=cosines(sampled, sentences),
        moment_classes=cosines(moments, classes),
        clip_classes=cosines(clip, classes),
    )


def _decode(jpeg: bytes | None) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if picture is None:
        raise ValueError("a sampled frame has no readable crop")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
