"""Which frames of a damaged stream can be looked at, and how many are gone?"""

from dataclasses import dataclass

from av.packet import Packet
from av.video.frame import VideoFrame as Decoded
from av.video.stream import VideoStream

# Here every packet becomes a picture. Elsewhere a packet may only repeat the picture before it.
ALWAYS_SHOWN = ("h264", "hevc")
# AV1 shows stored frames again and calls them whole, also when what was stored is not.
WHOLE_BY_PACKET = ("av1", "libdav1d")
# These never notice that part of a packet is gone, and no packet of theirs holds such a run.
BLIND = ("hevc", "vp8", "vp9", "av1", "libdav1d")
HOLE = bytes(32)
# Containers whose packets lie side by side in the file, but for heads of up to so many bytes.
SIDE_BY_SIDE = ("matroska", "flv", "avi")
MOST_BETWEEN = 1024
# So many packets wait for their picture at most; more is a stream of nonsense.
MOST_WAITING = 1000


@dataclass(frozen=True)
class _Sent:
    """A packet at the decoder: its place in the order of decoding, and what is known of it."""

    order: int
    is_key: bool
    is_after_hole: bool


class Losses:
    """Follows a stream from packets to pictures.

    Most frames are stored as changes of others. Once a packet is lost, a decoder goes on with
    whatever it has in memory or with grey, says nothing, and shows a smeared picture until the
    next frame that is stored whole. Such frames are not taken, nor those that the decoder has
    mended itself; those after a mended one are, as a flaw of that size fades.

    Args:
        stream: The stream that is decoded.
        demuxer: FFmpeg's name of its container.
        step: Nominal length of a frame [units of the stream].

    Attributes:
        count: Frames known to be lost so far.
        sent: Packets seen so far.
    """

    def __init__(self, stream: VideoStream, demuxer: str, step: float) -> None:
        self.count = 0
        self.sent = 0
        self._codec = stream.codec_context.name
        self._step = step
        self._is_side_by_side = demuxer in SIDE_BY_SIDE
        self._end: int | None = None  # of the packet read last, in the file
        self._waiting: dict[int, _Sent] = {}  # by timestamp
        self._covered: float | None = None  # end of the latest frame
        self._broken: int | None = None  # frames decoded from here on lean on something missing
        self._failed = 0  # packets since the latest frame
        self._is_suspect = False

    @property
    def is_troubled(self) -> bool:
        """Whether anything at all was not as it should be."""
        return self.count > 0 or self._broken is not None or self._is_suspect

    def is_after_hole(self, packet: "Packet[VideoStream]") -> bool:
        """Whether the file has bytes before a packet of any stream that belong to none."""
        start, end = packet.pos, self._end
        if start is None or not self._is_side_by_side:
            return False
        self._end = start + packet.size
        return end is not None and start - end > MOST_BETWEEN

    def send(self, packet: "Packet[VideoStream]", *, is_after_hole: bool) -> bool:
        """A packet is about to go to the decoder; returns whether it is fit to."""
        self.sent += 1
        self._is_suspect |= packet.is_corrupt
        # What an edit cuts away is decoded for the sake of later frames only.
        if packet.pts is not None and not packet.is_discard:
            self._waiting[packet.pts] = _Sent(self.sent, packet.is_keyframe, is_after_hole)
            if len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
        return self._codec not in BLIND or HOLE not in bytes(packet)

    def fail(self, packet: "Packet[VideoStream] | None" = None) -> None:
        """Nothing could be made of a packet, or of the place in the file where one should be."""
        if self._broken is None:
            self._broken = self.sent
        if packet is not None:
            if packet.pts is not None:
                self._waiting.pop(packet.pts, None)
            self._failed += 1
            self.count += 1

    def shows(self, frame: Decoded) -> bool:
        """Take notice of a decoded frame; returns whether it is whole."""
        own = _Sent(self.sent, is_key=True, is_after_hole=False)
        if frame.pts is not None:
            own = self._waiting.pop(frame.pts, own)
            self._is_suspect |= frame.is_corrupt
            self._look_back(frame.pts, own)
            end = frame.pts + max(frame.duration, self._step)
            self._covered = end if self._covered is None else max(end, self._covered)
        self._failed = 0
        is_whole = not frame.is_corrupt and self._is_mended(frame, own)
        self.count += not is_whole
        self._is_suspect = frame.is_corrupt
        return is_whole

    def finish(self) -> None:
        """All is decoded: what still waits is lost."""
        lost = self._lost_before(float("inf"))
        if self._is_suspicious(lost):
            self.count += len(lost)

    def _look_back(self, pts: int, own: _Sent) -> None:
        """Find what should have been shown between the latest frame and this one."""
        lost = self._lost_before(pts)
        if self._covered is None:
            # A recording may begin with frames that lean on others from before its start.
            if self._broken is not None:
                self.count += sum(packet.order < own.order for packet in lost)
            return
        late = (pts - self._covered) / self._step
        if late < 0.5 or not self._is_suspicious([*lost, own] if own.is_after_hole else lost):
            return
        self.count += max(len(lost), round(late) - self._failed)
        if self._broken is None:
            self._broken = min(packet.order for packet in (*lost, own))

    def _is_suspicious(self, lost: list[_Sent]) -> bool:
        if self._broken is not None or self._is_suspect:
            return True
        return any(packet.is_after_hole or self._codec in ALWAYS_SHOWN for packet in lost)

    def _is_mended(self, frame: Decoded, own: _Sent) -> bool:
        if self._broken is None or own.order < self._broken:
            return True
        is_key = own.is_key if self._codec in WHOLE_BY_PACKET else frame.key_frame
        if is_key and not frame.is_corrupt:
            self._broken = None
        return self._broken is None

    def _lost_before(self, stamp: float) -> list[_Sent]:
        """Forget what waits from before a timestamp; return what was not shown."""
        passed = {pts: packet for pts, packet in self._waiting.items() if pts < stamp}
        for pts in passed:
            del self._waiting[pts]
        # Second halves of interlaced frames and packets without a picture lie inside a shown frame.
        since = float("-inf") if self._covered is None else self._covered - self._step / 2
        return [packet for pts, packet in passed.items() if pts >= since]
