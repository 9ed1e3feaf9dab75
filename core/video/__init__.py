"""Read a video, animation or folder of images as upright RGB frames with true times."""

from core.video.frame import NOMINAL_FPS, VideoFrame
from core.video.limits import VideoLimits
from core.video.part import Part
from core.video.reader import open_video
from core.video.video import Video

__all__ = ["NOMINAL_FPS", "Part", "Video", "VideoFrame", "VideoLimits", "open_video"]
