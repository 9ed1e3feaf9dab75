"""Do clips betray their class before anything has moved? Judge by their first frames alone."""

import numpy as np
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from train.motion.clip_set import ClipSet
from train.motion.look import look

# First frames are compared at this side [px]: fine enough to see brows, lips and folds.
VIEW_PX = 24
FOLDS = 5
# Courses that begin with a face at rest.
FROM_REST = ("onset", "whole")


def first_frame_leak(clips: ClipSet, kind: str) -> tuple[float, float] | None:
    """Balanced accuracy of a linear classifier of the label on the pixels of first frames.

    Only clips that begin at rest count. No person is in both sides of a fold.

    Args:
        clips: The clips.
        kind: Kind of clip to judge.

    Returns:
        Balanced accuracy 0-1 and the accuracy of chance (one over the number of classes), or
        None when fewer than ten clips of two classes are of this kind.
    """
    chosen = (clips.kinds == kind) & np.isin(clips.courses, FROM_REST)
    labels, people = clips.labels[chosen], clips.people[chosen]
    classes, counts = np.unique(labels, return_counts=True)
    usable = np.isin(labels, classes[counts >= 2 * FOLDS])
    if len(np.unique(labels[usable])) < 2 or len(np.unique(people[usable])) < FOLDS:
        return None
    pixels, _ = look(clips.first_frames()[chosen][usable], VIEW_PX)
    judge = make_pipeline(
        StandardScaler(), RidgeClassifier(alpha=len(pixels), class_weight="balanced")
    )
    told = cross_val_predict(
        judge, pixels, labels[usable], groups=people[usable], cv=GroupKFold(FOLDS)
    )
    score = balanced_accuracy_score(labels[usable], told)
    return float(score), 1 / len(np.unique(labels[usable]))
