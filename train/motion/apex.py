"""Still faces out of made clips: what acting adds to the faces that cameras caught."""

import numpy as np

from train.faceclip.stills.sources import Stills
from train.motion.clip_set import ClipSet
from train.motion.faces.pool import NEUTRAL

# Kinds of clips whose frames are not nearly the real stills that they were made of.
ACTED, RESTING = "acted", "resting"


def apex_stills(clips: ClipSet) -> Stills:
    """Faces of the training clips: acted ones at the apex and before, resting ones at the end.

    Faces that act are neutral until then. Resting ones may blink or speak, and are neutral still.

    Args:
        clips: A set of which the training part is taken.
    """
    last = np.cumsum(clips.lengths) - 1
    first = last - clips.lengths + 1
    training = clips.parts == "train"
    acted, resting = training & (clips.kinds == ACTED), training & (clips.kinds == RESTING)
    rises, falls = acted & (clips.courses == "onset"), acted & (clips.courses == "from_apex")
    people, labels = clips.people, clips.labels
    calm = [(first, rises), (last, resting)]
    full = [(last, rises), (first, falls)]
    return Stills(
        clips.images[np.concatenate([frames[mask] for frames, mask in calm + full])],
        np.concatenate(
            [np.full(mask.sum(), NEUTRAL) for _, mask in calm] + [labels[mask] for _, mask in full]
        ),
        np.concatenate([people[mask] for _, mask in calm + full]),
    )
