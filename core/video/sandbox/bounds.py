"""How much may a decoding process take for one file?"""

from typing import NamedTuple


class Bounds(NamedTuple):
    """What a decoding process may take.

    Attributes:
        memory_bytes: For one file, beyond the program itself: enough for photos of 24 megapixels
            and films of 4K. 36 megapixels with the 16 frames of reference that H.264 knows took
            1.7 GB.
        step_ms: CPU time of one packet [ms]; measured at most 1.2 s, for 36 megapixels of noise.
    """

    memory_bytes: int = 350_000_000
    step_ms: int = 15_000
