"""A video that another process decodes."""

import dataclasses
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from core.errors import DecoderError
from core.video.frame import VideoFrame
from core.video.limits import VideoLimits, Watch
from core.video.sandbox.channel import ChannelError, Message, count, number
from core.video.sandbox.conversation import Conversation
from core.video.sandbox.process import DecodingProcess
from core.video.sound import RATE
from core.video.video import Video

CHANNELS, SAMPLE_BYTES = 2, 4

Value = TypeVar("Value", np.uint8, np.float32)


class SandboxedVideo(Video):
    """An opened video, decoded by another process.

    Args:
        process: Ready; in use by this video until it is given back.
        give_back: Called once, with whether the process can read another file.
        path: The input.
        limits: What is accepted.
        watch: As of ``open_video``; asked also while nothing is heard, so that raising from it
            cancels at once.

    Raises:
        VideoError: As of ``open_video``; ``DecoderError`` where the process does not survive it.
    """

    def __init__(
        self,
        process: DecodingProcess,
        give_back: Callable[[bool], None],
        path: Path,
        limits: VideoLimits,
        watch: Watch | None,
    ) -> None:
        self._name = path.name
        self._give_back: Callable[[bool], None] | None = give_back
        self._talk = Conversation(process, path.name, watch)
        self._is_picked = self._is_at_rest = False
        self._shared = process.share(3 * limits.longest_px**2)
        try:
            self._talk.say(
                "open",
                path=str(path.absolute()),
                limits=dataclasses.asdict(limits),
                bytes=len(self._shared),
            )
            message = self._talk.hear("opened")
            with self._talk.doubting():
                self._note_opened(message, limits)
            self._is_at_rest = True
        except BaseException:
            self.close()
            raise

    def pick(self, wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
        """See ``Video``."""
        if self._is_picked:
            raise ValueError(f"{self._name} is read in one pass; open it again")
        self._is_picked = True
        return self._decode(wanted)

    def sound(self) -> Iterator[AudioFrame]:
        """See ``Video``; while the video is open."""
        while True:
            self._talk.say("sound")
            message = self._talk.hear("piece", "silence")
            if message["say"] == "silence":
                return
            with self._talk.doubting():
                piece = self._piece(message)
            yield piece

    def close(self) -> None:
        """See ``Video``; a process in the middle of a file is ended."""
        give_back, self._give_back = self._give_back, None
        if give_back is None:
            return
        is_usable = self._is_at_rest or self._talk.is_over
        try:
            if is_usable:
                self._talk.say("close")
        except DecoderError:
            is_usable = False
        finally:
            self._shared.close()
            give_back(is_usable)

    def _decode(self, wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
        self._is_at_rest = False
        self._talk.say("start")
        while True:
            message = self._talk.hear("ask", "frame", "end")
            with self._talk.doubting():
                time_s = number(message.get("time_s", 0.0))
                if message["say"] != "ask":
                    self._note_state(message["state"])
                frame = self._frame(message, time_s) if message["say"] == "frame" else None
            if frame is not None:
                yield frame
                del frame
            elif message["say"] == "end":
                self._is_at_rest = True
                return
            else:
                self._talk.reach(time_s, self.stated_s)
                self._talk.say("paint" if wanted(time_s) else "skip")

    def _note_opened(self, message: Message, limits: VideoLimits) -> None:
        width, height = (count(side) for side in message["size"])
        self.frame_size = (width, height)
        self.scale = number(message["scale"])
        frames, stated_s = message["stated_frames"], message["stated_s"]
        self.stated_frames = None if frames is None else count(frames)
        self.stated_s = None if stated_s is None else number(stated_s)
        self._note_state(message["state"])
        if not (0 < self.scale <= 1 and 0 < width * height <= 16 * limits.frame_px):
            raise ChannelError

    def _note_state(self, state: Message) -> None:
        self.frames_read = count(state["frames_read"])
        self.damaged_frames = count(state["damaged_frames"])
        self.duration_s = number(state["duration_s"])
        self.missing_s = number(state["missing_s"])
        end_s = state["breaks_off_at_s"]
        self.breaks_off_at_s = None if end_s is None else number(end_s)

    def _frame(self, message: Message, time_s: float) -> VideoFrame:
        shape = (count(message["height"]), count(message["width"]), 3)
        image = self._taken(shape[0] * shape[1] * 3, np.uint8).reshape(shape)
        return VideoFrame(count(message["index"]), time_s, image)

    def _piece(self, message: Message) -> AudioFrame:
        samples = count(message["samples"])
        data = self._taken(CHANNELS * samples * SAMPLE_BYTES, np.float32)
        piece = AudioFrame.from_ndarray(data.reshape(CHANNELS, samples), "fltp", "stereo")
        piece.sample_rate, piece.time_base = RATE, Fraction(1, RATE)
        piece.pts = round(number(message["pts"]))
        return piece

    def _taken(self, size: int, dtype: type[Value]) -> NDArray[Value]:
        """A copy, which nothing that the other process does later can change."""
        if not 0 < size <= len(self._shared):
            raise ChannelError
        count_of = size // np.dtype(dtype).itemsize
        return np.frombuffer(self._shared, dtype, count_of).copy()
