"""Decode strangers' files in a process of its own, which can be stopped whatever it is doing.

A native decoder cannot be interrupted, its memory not be bounded, and a fault in it ends the whole
program. So a second process decodes: it has a limit of memory and of CPU time per step, no network,
writes no file, and starts no program. Frames come back through shared memory; what it says is read
as numbers and text, never unpickled.
"""

from core.video.sandbox.pool import open_sandboxed, warm_up

__all__ = ["open_sandboxed", "warm_up"]
