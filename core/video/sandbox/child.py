"""The process that decodes: opens the files it is told to, until nobody needs it."""

import logging
import mmap
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator

import cv2
import numpy as np
from av.audio.frame import AudioFrame

from core.errors import VideoError
from core.video.frame import VideoFrame
from core.video.limits import VideoLimits
from core.video.reader import open_video
from core.video.sandbox.bounds import Bounds
from core.video.sandbox.channel import Channel, ChannelError, Message
from core.video.sandbox.confine import confine, start_step
from core.video.shortage import lacked_memory, says_memory
from core.video.video import Video

TELL_EVERY_S = 0.05
LONGEST_TEXT = 2000


class ClosedError(Exception):
    """Nobody looks at this file any longer."""


class Reader:
    """Reads files for the process at the other end of a channel.

    Args:
        channel: To that process.
        memory: Descriptor of the memory shared with it.
        bounds: What one file may take.
    """

    def __init__(self, channel: Channel, memory: int, bounds: Bounds) -> None:
        self._channel = channel
        self._memory = memory
        self._bounds = bounds
        self._told_s = 0.0
        self._damage = 0
        self._frame_size = (0, 0)

    def serve(self) -> None:
        """Read one file after the other; ends by ``ChannelError``."""
        self._channel.say("ready")
        while True:
            request = self._channel.hear()
            if request is None or request["say"] != "open":
                continue
            try:
                self._read(request)
            except ClosedError:
                continue
            except ChannelError:
                raise
            except Exception as error:  # noqa: BLE001  # what decoders run into; the file is given up
                self._explain(error)

    def _explain(self, error: Exception) -> None:
        if isinstance(error, VideoError):
            text = str(error)[:LONGEST_TEXT]
            self._channel.say("refused", kind=type(error).__name__, text=text)
        elif says_memory(error) or lacked_memory(self._frame_size):
            self._channel.say("memory", most_mb=self._bounds.memory_bytes // 1_000_000)
        else:
            text = "".join(traceback.format_exception(error))
            self._channel.say("failed", text=text[-LONGEST_TEXT:])

    def _read(self, request: Message) -> None:
        self._start_step()
        self._frame_size = (0, 0)
        limits = VideoLimits(**request["limits"])
        with (
            mmap.mmap(self._memory, request["bytes"]) as shared,
            open_video(request["path"], limits, watch=self._tell) as video,
        ):
            self._frame_size = video.frame_size
            self._channel.say(
                "opened",
                size=video.frame_size,
                scale=video.scale,
                stated_frames=video.stated_frames,
                stated_s=video.stated_s,
                state=_state(video),
            )
            sound = _Sound(video, shared, self._channel)
            self._wait(sound)
            self._damage = 0
            for frame in video.pick(lambda time_s: self._ask(time_s, sound, video)):
                self._hand_out(frame, video, shared)
            self._blame_memory(video)
            self._channel.say("end", state=_state(video))
            while True:
                self._wait(sound)

    def _start_step(self) -> None:
        start_step(self._bounds.step_ms / 1000)

    def _tell(self, reached_s: float, stated_s: float | None) -> None:
        self._start_step()
        now_s = time.monotonic()
        if now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            self._channel.say("reached", time_s=reached_s, stated_s=stated_s)

    def _blame_memory(self, video: Video) -> None:
        """Not every decoder says that it was refused memory; some say that the file is damaged."""
        if video.damaged_frames > self._damage:
            self._damage = video.damaged_frames
            if lacked_memory(video.frame_size):
                raise MemoryError

    def _ask(self, time_s: float, sound: "_Sound", video: Video) -> bool:
        self._blame_memory(video)
        self._start_step()
        self._channel.say("ask", time_s=time_s)
        is_wanted = bool(self._wait(sound)["say"] == "paint")
        self._start_step()
        return is_wanted

    def _wait(self, sound: "_Sound") -> Message:
        """Return the next request about pictures; those about sound are answered on the way."""
        while True:
            request = self._channel.hear() or {}
            match request.get("say"):
                case "sound":
                    self._start_step()
                    sound.answer()
                case "close":
                    raise ClosedError
                case _:
                    return request

    def _hand_out(self, frame: VideoFrame, video: Video, shared: mmap.mmap) -> None:
        height, width = frame.image.shape[:2]
        place = np.frombuffer(shared, np.uint8, frame.image.size).reshape(frame.image.shape)
        np.copyto(place, frame.image)
        del place
        self._channel.say(
            "frame",
            index=frame.index,
            time_s=frame.time_s,
            width=width,
            height=height,
            state=_state(video),
        )


class _Sound:
    """Hands out the sound of a video, piece by piece."""

    def __init__(self, video: Video, shared: mmap.mmap, channel: Channel) -> None:
        self._video = video
        self._shared = shared
        self._channel = channel
        self._pieces: Iterator[AudioFrame] | None = None

    def answer(self) -> None:
        if self._pieces is None:
            self._pieces = self._video.sound()
        piece = next(self._pieces, None)
        if piece is None:
            self._channel.say("silence")
            return
        samples = piece.to_ndarray().astype(np.float32, copy=False)
        self._shared[: samples.nbytes] = samples.tobytes()
        self._channel.say("piece", pts=piece.pts, samples=samples.shape[1])


class _Telling(logging.Handler):
    """Sends what is logged about a file to the program, whose log it belongs to."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()[:LONGEST_TEXT]
        self._channel.say("log", text=text)


def _state(video: Video) -> Message:
    return {
        "frames_read": video.frames_read,
        "duration_s": video.duration_s,
        "damaged_frames": video.damaged_frames,
        "missing_s": video.missing_s,
        "breaks_off_at_s": video.breaks_off_at_s,
    }


def _end_with(line: int) -> None:
    """End when the program does, even in the middle of a frame."""
    os.read(line, 1)
    os._exit(0)


def main() -> None:
    """Run the process; its arguments are descriptors of socket, shared memory and life line."""
    end, memory, line, *bounds = (int(text) for text in sys.argv[1:])
    allowed = Bounds(*bounds)
    confine(allowed.memory_bytes)
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    cv2.setNumThreads(1)
    channel = Channel(socket.socket(fileno=end))
    logging.basicConfig(level=logging.WARNING, handlers=[_Telling(channel)])
    try:
        Reader(channel, memory, allowed).serve()
    except (ChannelError, KeyboardInterrupt):
        os._exit(0)
