"""What two processes say to each other: one line of JSON at a time, of bounded length."""

import json
import math
import select
import socket
from typing import Any

MOST_BYTES = 1 << 16
PART_BYTES = 4096
MOST_COUNT = 1 << 40

Message = dict[str, Any]


class ChannelError(Exception):
    """The other side has gone, or does not speak as agreed."""


class Channel:
    """One end of a connection.

    Args:
        end: A connected stream socket.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = bytearray()

    def say(self, what: str, **content: object) -> None:
        """Send a message.

        Raises:
            ChannelError: Nobody listens.
        """
        try:
            self._end.sendall(json.dumps({"say": what, **content}).encode() + b"\n")
        except OSError as error:
            raise ChannelError from error

    def hear(self, wait_s: float | None = None) -> Message | None:
        """Wait for the next message; None where none came in time.

        Raises:
            ChannelError: None will come any more.
        """
        while (end := self._read.find(b"\n")) < 0:
            if wait_s is not None and not select.select([self._end], [], [], wait_s)[0]:
                return None
            self._read += self._part()
        line, self._read = bytes(self._read[:end]), self._read[end + 1 :]
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ChannelError from error
        if not isinstance(message, dict) or not isinstance(message.get("say"), str):
            raise ChannelError
        return message

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def _part(self) -> bytes:
        try:
            part = self._end.recv(PART_BYTES)
        except OSError as error:
            raise ChannelError from error
        if not part or len(self._read) > MOST_BYTES:
            raise ChannelError
        return part


def number(value: object) -> float:
    """Return a finite number out of a message; raises ChannelError if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ChannelError
    return value


def count(value: object) -> int:
    """Return a whole number from 0 on out of a message; raises ChannelError if it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_COUNT:
        raise ChannelError
    return value
