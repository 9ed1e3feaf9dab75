"""Which view of the sentences does the page open with?"""

from typing import Any

from core.explain.tokens import SentenceFamily


def opening_view(aligned: SentenceFamily) -> dict[str, Any]:
    """Return the choices of a view in which something is to be seen.

    Sentences that have become one are one spot on a neighbour map, and moments jump from spot to
    spot. Where that is so for half of the emotions, linear axes about each kind's own middle show
    how the emotions lie and how the clip walks between them.

    Args:
        aligned: How alike the sentences are where the verdict is made.
    """
    if 2 * len(aligned.gathered) >= len(aligned.within):
        return {"side": "after", "mode": "centred", "technique": "pca"}
    return {"side": "after", "mode": "text", "technique": "umap"}
