"""One pass over one stream of a container: packets in, whole frames out."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

from av.error import EOFError as NothingMoreError
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame as Decoded
from av.video.stream import VideoStream

from core.video.avi import AviIndex
from core.video.deinterlace import Deinterlacer
from core.video.film import Film
from core.video.jpeg import MOST_SCANS, count_scans, stated_size
from core.video.limits import Budget
from core.video.losses import Losses

# Decoding ahead of whoever looks at the frames; more threads would hold more frames in memory.
THREADS = 2
# With larger frames than this a second one in memory counts for more than the time it saves.
THREADS_UP_TO_PX = 9_000_000
# So many failed reads in a row end the reading of a file.
MOST_FAILURES = 100

# When a frame is shown by its container's clock [s]; None where the container says nothing.
Stamp = float | None


def stamp_of(frame: Decoded) -> Stamp:
    """Timestamp of a frame, rounded once: 4.32 and not the number beside it."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base.numerator / frame.time_base.denominator


class Pass:
    """Decodes a stream from its start.

    On two threads errors surface later than the packets that cause them, and the last ones not at
    all. So the fast way is left as soon as anything is lost, for the careful one to start anew.

    Args:
        film: Just opened.
        budget: Asked for everything that is decoded.
        step_s: Nominal length of a frame [s].
        is_careful: Whether to go on over damage, on one thread.
        after: Frames up to this time have been seen already [s].

    Attributes:
        losses: What is lost so far.
        reached_s: Latest timestamp of any stream so far, end of its packet included [s].
        is_left: Whether the fast way was left.
    """

    def __init__(
        self,
        film: Film,
        budget: Budget,
        step_s: float,
        *,
        is_careful: bool,
        after: Stamp = None,
    ) -> None:
        container, stream = film.container, film.stream
        self._container = container
        self._stream = stream
        self._budget = budget
        self._is_careful = is_careful
        self._after = after
        self._unit = stream.time_base or Fraction(1, 1000)
        demuxer = container.format.name.split(",")[0]
        self._units_s = [float(other.time_base or 0) for other in container.streams]
        self.losses = Losses(stream, demuxer, step_s / float(self._unit))
        self._index = AviIndex(stream) if demuxer == "avi" else None
        self.reached_s = 0.0
        self.is_left = False
        codec = stream.codec_context
        is_large = codec.width * codec.height > THREADS_UP_TO_PX
        codec.thread_count = 1 if is_careful or is_large else THREADS
        codec.thread_type = "SLICE" if is_careful else "AUTO"
        # Changes of the size in mid-stream, too, stop inside the decoder, before any memory.
        codec.options = {"max_pixels": str(budget.limits.frame_px)}
        if codec.name == "mjpeg":
            # It would pass on the half of a picture that it could read, over the one before.
            codec.options = codec.options | {"err_detect": "explode"}

    def frames(self) -> Iterator[tuple[Stamp, Decoded]]:
        """Yield whole frames with their timestamps, interlaced ones made progressive."""
        deinterlacer = Deinterlacer(self._unit)
        for frame in self._whole():
            yield from self._new(deinterlacer.push(frame))
        if not self.is_left:
            yield from self._new(deinterlacer.flush())

    def _new(self, frames: list[Decoded]) -> Iterator[tuple[Stamp, Decoded]]:
        for frame in frames:
            stamp = stamp_of(frame)
            if self._after is None or (stamp is not None and stamp > self._after):
                yield stamp, frame

    def _whole(self) -> Iterator[Decoded]:
        for packet in self._packets():
            for frame in self._decode(packet):
                is_whole = self.losses.shows(frame)
                if self._leaves():
                    return
                if is_whole:
                    yield frame
            if self._leaves():
                return
        self.losses.finish()
        self._leaves()

    def _leaves(self) -> bool:
        self.is_left = self.losses.is_troubled and not self._is_careful
        return self.is_left

    def _packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """Yield packets that are fit, then a None, which asks the decoder for what it holds."""
        failures = 0
        while failures <= MOST_FAILURES:
            try:
                # All streams, so that minutes of sound between two frames can be cancelled.
                for packet in self._container.demux():
                    self._budget.tick()
                    self._reach(packet)
                    failures = 0
                    if self._is_fit(packet):
                        yield cast("Packet[VideoStream]", packet)
                break
            except NothingMoreError:
                break
            except FFmpegError:
                # Reading again goes on behind the damage.
                failures += 1
                self.losses.fail()
        yield None

    def _reach(self, packet: "Packet[Any]") -> None:
        if packet.pts is not None:
            end_s = (packet.pts + (packet.duration or 0)) * self._units_s[packet.stream_index]
            self.reached_s = max(self.reached_s, end_s)

    def _is_fit(self, packet: "Packet[Any]") -> bool:
        """Whether a packet belongs to the stream and can be given to its decoder."""
        is_after_hole = bool(packet.size) and self.losses.is_after_hole(packet)
        if packet.stream_index != self._stream.index or not packet.size:
            return False
        if self._index is not None:
            self._index.correct(packet)
        is_fit = self.losses.send(packet, is_after_hole=is_after_hole)
        if is_fit and not self._is_bomb(packet):
            return True
        self.losses.fail(packet)
        return False

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[Decoded]:
        try:
            frames = self._stream.codec_context.decode(packet)
        except NothingMoreError:
            return []
        except MemoryError:
            raise  # no damage of the file: another machine may have enough
        except FFmpegError:
            self.losses.fail(packet)
            return []
        for frame in frames:
            frame.time_base = self._unit
            stamp = stamp_of(frame)
            if self._after is not None and stamp is not None and stamp <= self._after:
                self._budget.tick()
            else:
                self._budget.spend(stamp or 0.0, (frame.width, frame.height))
        return frames

    def _is_bomb(self, packet: "Packet[VideoStream]") -> bool:
        """Whether a JPEG frame would take minutes to decode; it may also be over the limits."""
        if self._stream.codec_context.name != "mjpeg":
            return False
        data = bytes(packet)
        if size := stated_size(data):
            self._budget.check_size(*size)
        return count_scans(data) > MOST_SCANS
