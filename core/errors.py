"""Everything that can go wrong because of an input rather than because of a bug.

Each message is one sentence for a person: what is wrong, what was received, what to do.
"""


class A3LignError(Exception):
    """Parent of every error that a user can cause; programs catch this one."""


class ConfigError(A3LignError):
    """A setting is unknown, of the wrong type or outside its range."""


class CheckpointError(A3LignError):
    """A checkpoint folder is missing, damaged, or belongs to another model."""


class BackboneError(A3LignError):
    """The frozen CLIP cannot be built or its weights cannot be found."""


class DeviceError(A3LignError):
    """The requested compute device is not there."""


class VideoError(A3LignError):
    """An input cannot be read as a video."""


class DamagedFrameError(VideoError):
    """One frame cannot be decoded whole; the others of its video may be."""


class DecoderError(VideoError):
    """A decoder did not survive a file, took too much memory for it or far too long."""


class NoFaceError(A3LignError):
    """A readable video in which no face was found."""


class DetectorError(A3LignError):
    """The requested face detector cannot be started."""


class OutputError(A3LignError):
    """Results cannot go where they were asked to go."""


class ResultError(A3LignError):
    """A file is no saved result, a damaged one, or about another video."""


class CueError(A3LignError):
    """What finds landmarks or writes captions of a face is missing or cannot be started."""


class DataError(A3LignError):
    """A dataset, list or feature cache cannot be used; names every bad row."""


class TrainingError(A3LignError):
    """A run cannot go on: it diverged, or its folder belongs to other settings."""


class BusyError(TrainingError):
    """Another process is at work on the same run; it will be free again."""
