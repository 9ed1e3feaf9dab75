"""When is a frame of an avi shown, if some before it are gone?"""

from av.packet import Packet
from av.video.stream import VideoStream

# The index tells where the head of a packet is.
HEAD_BYTES = 8


class AviIndex:
    """The table at the end of an avi: where each frame lies in the file.

    The container holds no times, so FFmpeg counts the frames that it finds, and all those behind
    a hole would come too early.

    Args:
        stream: The video stream.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._stamps = {entry.pos + HEAD_BYTES: entry.timestamp for entry in stream.index_entries}

    def correct(self, packet: "Packet[VideoStream]") -> None:
        """Give a packet the times that belong to its place."""
        true = self._stamps.get(packet.pos) if packet.pos is not None else None
        counted = packet.dts if packet.dts is not None else packet.pts
        if true is None or counted is None or true == counted:
            return
        if packet.dts is not None:
            packet.dts += true - counted
        if packet.pts is not None:
            packet.pts += true - counted
