"""How much may a decoding process take for one file?"""

from typing import NamedTuple


class Bounds(NamedTuple):
    """What a decoding process may take.

    Attributes:
        memory_bytes: For one file, beyond the program itself. 36 megapixels need 0.4 GB, as a still
            or with one frame of reference; with the 16 that H.264 can refer to it would be 1.7 GB.
        step_ms: CPU time of one packet [ms]; measured at most 1.2 s, for 36 megapixels of noise.
    """

    memory_bytes: int = 700_000_000
    step_ms: int = 15_000
