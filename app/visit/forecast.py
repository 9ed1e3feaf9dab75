"""When will a place in a line have its turn? The line, played forward."""

from collections.abc import Sequence
from dataclasses import dataclass

# Who works this long lets others work in between: a clip of a few seconds is done by then.
TURN_S = 4.0
# What has begun holds memory while it waits for its next turn.
MOST_BEGUN = 3
# What takes longer than estimated is nearly done, as far as anybody knows [s].
LEAST_S = 0.5


@dataclass(frozen=True)
class Waiting:
    """Somebody in the line.

    Attributes:
        left_s: Work that is left [s].
        has_begun: Whether some of it is done.
    """

    left_s: float
    has_begun: bool


def time_until(line: Sequence[Waiting], place: int, turn_s: float = TURN_S) -> float:
    """Return the time until a place has its turn [s], if nobody comes or goes.

    Args:
        line: In order; the first one works.
        place: Whose turn is asked for.
        turn_s: What is left of the first one's turn [s].
    """
    left_s = {at: each.left_s for at, each in enumerate(line)}
    begun = {at for at, each in enumerate(line) if each.has_begun}
    order = list(left_s)
    passed_s = 0.0
    while order[0] != place:
        working = order.pop(0)
        worked_s = min(left_s[working], turn_s)
        turn_s = TURN_S
        passed_s += worked_s
        left_s[working] -= worked_s
        begun.add(working)
        if left_s[working] > 0:
            order.append(working)
            before = [at for at in order if at in begun]
            if len(before) >= MOST_BEGUN and order[0] not in begun:
                order.insert(0, order.pop(order.index(before[0])))
    return passed_s
