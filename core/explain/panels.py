"""Which explanations do not apply to a method, and why not?"""

from core.model.method import Method


def without_tokens(model: Method) -> str:
    """Why there are no nearest words to show."""
    if not model.KNOWS_WORDS:
        return f"{model.TITLE} learned one vector for each class; it learned no tokens or words."
    return f"{model.TITLE} compares with sentences in plain words; it learned no tokens of its own."


def missing_panels(model: Method) -> dict[str, str]:
    """One sentence for each explanation that a model cannot give.

    Returns:
        Some of ``tokens`` (nearest words), ``attention_video`` and ``attention_text``, ``diagonal``
        (sentence and frame of the same position) and ``evidence`` (where in the crop it is), each
        with the reason; nothing for a finished A3lign.
    """
    title, reasons = model.TITLE, {}
    if model.learned_tokens() is None:
        reasons["tokens"] = without_tokens(model)
    if model.temporal("video") is None:
        reasons["attention_video"] = (
            f"{title} has no attention of frames to each other; it reads them in another way."
            if model.reads_order
            else f"{title} averages the frames and has no layers over time, so there is no "
            "attention between them."
        )
    if model.temporal("text") is None:
        reasons["attention_text"] = (
            f"{title} has no layers between the sentences of a class, so there is no attention "
            "between them."
        )
    if model.sentence_shape[1] == 1:
        own = "sentence" if model.KNOWS_WORDS else "vector"
        reasons["diagonal"] = f"{title} has one {own} per class, so none belongs to a moment."
    if model.has_own_tower:
        reasons["evidence"] = (
            f"This {title} changed the image tower, and where the evidence lies in the crops can "
            "only be read from an unchanged one."
        )
    return reasons
