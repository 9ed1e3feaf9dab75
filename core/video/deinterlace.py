"""One whole picture from the two half pictures of an interlaced frame."""

from fractions import Fraction

from av.error import BlockingIOError as NothingYetError
from av.error import EOFError as NothingMoreError
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame as Decoded

# The filter looks at neighbouring lines; smaller pictures are passed as they are.
LEAST_PX = 3


class Deinterlacer:
    """Passes frames on; from the first interlaced one of a stream on, through FFmpeg's bwdif.

    Half pictures are taken a fiftieth of a second apart: shown together, whatever moves is a comb,
    and FFmpeg refuses to convert their colours. Progressive frames in between stay as they are.

    Args:
        time_base: Unit of the frames' timestamps [s].
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._filter: _Filter | None = None

    def push(self, frame: Decoded) -> list[Decoded]:
        """Take a frame; returns those that are ready, up to one frame later."""
        if self._filter is None and not frame.interlaced_frame:
            return [frame]
        ready: list[Decoded] = []
        if self._filter is not None and not self._filter.takes(frame):
            ready = self.flush()
        if self._filter is None:
            self._filter = _Filter(frame, self._time_base)
        return ready + self._filter.push(frame)

    def flush(self) -> list[Decoded]:
        """Return what is still held."""
        old, self._filter = self._filter, None
        return old.push(None) if old is not None else []


class _Filter:
    """The filter, set up for frames of one size and kind."""

    def __init__(self, first: Decoded, time_base: Fraction) -> None:
        self._kind = (first.width, first.height, first.format.name)
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "buffer",
            video_size=f"{first.width}x{first.height}",
            pix_fmt=first.format.name,
            time_base=str(time_base),
            colorspace=str(int(first.colorspace)),
            range=str(int(first.color_range)),
        )
        # One picture per frame; a small one is only declared whole.
        is_small = min(first.width, first.height) < LEAST_PX
        work = ("setfield", "prog") if is_small else ("bwdif", "mode=send_frame:deint=interlaced")
        self._source: FilterContext = source
        sink = self._graph.add("buffersink")
        self._graph.link_nodes(source, self._graph.add(*work), sink)
        self._graph.configure()

    def takes(self, frame: Decoded) -> bool:
        return self._kind == (frame.width, frame.height, frame.format.name)

    def push(self, frame: Decoded | None) -> list[Decoded]:
        self._source.push(frame)
        ready: list[Decoded] = []
        while True:
            try:
                ready.append(self._graph.vpull())
            except (NothingYetError, NothingMoreError):
                return ready
