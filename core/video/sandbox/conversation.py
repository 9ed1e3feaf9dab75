"""Asking a decoding process about one file, without trusting its answers."""

import contextlib
import logging
from collections.abc import Iterator

from core.errors import DamagedFrameError, DecoderError, VideoError
from core.video.limits import Watch
from core.video.sandbox.channel import ChannelError, Message, number
from core.video.sandbox.process import DecodingProcess, breakdown

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05
# Longest silence [s]. Steps are bounded by CPU time; this is for disks that never answer.
SILENCE_S = 120.0
LONGEST_TEXT = 4000
KINDS = {kind.__name__: kind for kind in (VideoError, DamagedFrameError)}


class Conversation:
    """What is said about one file.

    Args:
        process: Decodes it.
        name: What messages call the file.
        watch: Told how far the reading is, and asked all the time whether it is still wanted.

    Attributes:
        is_over: Whether the file was refused, and the process waits for another.
    """

    def __init__(self, process: DecodingProcess, name: str, watch: Watch | None) -> None:
        self._process = process
        self._name = name
        self._watch = watch
        self._reached: tuple[float, float | None] = (0.0, None)
        self._kept: Message | None = None
        self.is_over = False

    def say(self, what: str, **content: object) -> None:
        """Ask for something.

        Raises:
            DecoderError: The process has ended.
        """
        with self.doubting():
            self._process.channel.say(what, **content)

    def hear(self, *awaited: str) -> Message:
        """Wait for one of some answers.

        Raises:
            VideoError: The file is refused, or the process has ended.
            BaseException: Whatever ``watch`` raises.
        """
        if self._kept is not None and self._kept["say"] in awaited:
            kept, self._kept = self._kept, None
            return kept
        silent_s = 0.0
        while True:
            if self._watch is not None:
                self._watch(*self._reached)
            with self.doubting():
                message = self._process.channel.hear(LOOK_EVERY_S)
                if message is None:
                    # Counted here: ``watch`` may take its time, as when others have their turn.
                    silent_s += LOOK_EVERY_S
                    if silent_s > SILENCE_S:
                        raise ChannelError
                    continue
                silent_s = 0.0
                if self._is_answer(message, awaited):
                    return message

    def reach(self, time_s: float, stated_s: float | None) -> None:
        """Note what ``watch`` is told from now on; see ``core.video.limits.Watch``."""
        self._reached = (max(time_s, self._reached[0]), stated_s)

    @contextlib.contextmanager
    def doubting(self) -> Iterator[None]:
        """Turn whatever is no proper answer into one sentence about the file."""
        try:
            yield
        except (ChannelError, OSError, KeyError, TypeError, ValueError) as error:
            raise breakdown(self._name, self._process.ended_by()) from error

    def _is_answer(self, message: Message, awaited: tuple[str, ...]) -> bool:
        """Whether a message was awaited; those that come by the way are taken care of."""
        if message["say"] in awaited:
            return True
        match message["say"]:
            case "reached":
                stated_s = message["stated_s"]
                self.reach(
                    number(message["time_s"]), None if stated_s is None else number(stated_s)
                )
            case "log":
                logger.warning("%s", str(message["text"])[:LONGEST_TEXT])
            # Pictures go on while sound is asked for.
            case "ask" | "end" if self._kept is None:
                self._kept = message
            case "refused":
                error = KINDS[message["kind"]](str(message["text"])[:LONGEST_TEXT])
                self.is_over = True
                raise error
            case "memory":
                raise DecoderError(
                    f"{self._name} needs more than the limit of {int(message['most_mb'])} MB of "
                    "memory to be decoded; reduce it or convert it"
                )
            case "failed":
                logger.error("a decoder failed: %s", str(message["text"])[:LONGEST_TEXT])
                raise breakdown(self._name, 0)
            case _:
                raise ChannelError
        return False
