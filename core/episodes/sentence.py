"""Episodes told as one sentence in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.episodes.episode import Episode, name_of

# More than these cannot be taken in at a glance; the longest are told, the others counted.
MOST_TOLD = 5
# A doubtful episode below this share of the clip joins a neighbour that is one of its candidates.
DOUBT_TOLD = 0.1
# An absence is told from this long [s] or this share of the clip on; a turned head is no event.
ABSENCE_TOLD_S = 1.0
ABSENCE_TOLD = 0.2
# Times are told to a tenth of a second.
SAME_S = 0.05


@dataclass(frozen=True)
class _Piece:
    """Part of the sentence: what is seen from when to when; no candidates: nobody is seen."""

    candidates: tuple[str, ...]
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def key(self) -> frozenset[str]:
        """Equal for pieces that read the same."""
        return frozenset(self.candidates if len(self.candidates) <= 2 else ["none stands out"])


def tell(
    episodes: Sequence[Episode], *, end_s: float, is_still: bool = False, absent: str = ""
) -> str:
    """Say what was to be seen when, for instance "Sadness until 6.4 s, then happiness".

    Args:
        episodes: In order.
        end_s: Length of the video [s].
        is_still: Whether it is a single picture.
        absent: What to call a stretch without this face; "nobody in view" by default.

    Returns:
        A sentence without its full stop, capital first, of bounded length.
    """
    absent = absent or "nobody in view"
    if not episodes:
        return _capital(absent)
    if is_still:
        return f"{_capital(episodes[0].name)} in a still picture"
    pieces = _joined(_without_small_doubts(_pieces(episodes, end_s), end_s))
    kept, dropped = _longest(pieces)
    seen_s = sum(episode.end_s - episode.start_s for episode in episodes)
    if len(kept) == 1:
        always = seen_s > (1 - ABSENCE_TOLD) * end_s
        ending = "throughout" if always else "whenever the face is in view"
        return f"{_capital(name_of(kept[0].candidates))} {ending}"
    told = _parts(kept, end_s, absent)
    if dropped:
        told.append(f"and {dropped} shorter episode{'s' if dropped > 1 else ''}")
    return _capital(", ".join(told))


def clock(time_s: float, end_s: float) -> str:
    """A time as people read it: "6.4 s", or "1:23" in a video of a minute or more."""
    if end_s < 60:
        return f"{time_s:.1f} s"
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def _pieces(episodes: Sequence[Episode], end_s: float) -> list[_Piece]:
    """Episodes, and absences long enough to be told."""
    least_s = min(ABSENCE_TOLD_S, ABSENCE_TOLD * end_s)
    pieces = []
    seen_until_s = 0.0
    for episode in episodes:
        if episode.start_s - seen_until_s >= least_s:
            pieces.append(_Piece((), seen_until_s, episode.start_s))
        pieces.append(_Piece(episode.candidates, episode.start_s, episode.end_s))
        seen_until_s = episode.end_s
    if end_s - seen_until_s >= least_s:
        pieces.append(_Piece((), seen_until_s, end_s))
    return pieces


def _without_small_doubts(pieces: list[_Piece], end_s: float) -> list[_Piece]:
    """Let short uncertain pieces read like a certain neighbour that they may well be part of."""

    def settled(place: int) -> _Piece:
        piece = pieces[place]
        if len(piece.candidates) != 2 or piece.length_s >= DOUBT_TOLD * end_s:
            return piece
        around = pieces[max(place - 1, 0) : place] + pieces[place + 1 : place + 2]
        certain = {near.candidates[0] for near in around if len(near.candidates) == 1}
        for name in piece.candidates:
            if name in certain:
                return replace(piece, candidates=(name,))
        return piece

    return [settled(place) for place in range(len(pieces))]


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Join neighbours that read the same."""
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and joined[-1].key == piece.key:
            joined[-1] = replace(joined[-1], end_s=piece.end_s)
        else:
            joined.append(piece)
    return joined


def _longest(pieces: list[_Piece]) -> tuple[list[_Piece], int]:
    """Drop the shortest until few enough are left, and count them; what they parted joins.

    How a story begins and ends is always told.
    """
    dropped = 0
    while len(pieces) > MOST_TOLD:
        lengths_s = [piece.length_s for piece in pieces[1:-1]]
        shortest = 1 + lengths_s.index(min(lengths_s))
        pieces = _joined(pieces[:shortest] + pieces[shortest + 1 :])
        dropped += 1
    return pieces, dropped


def _parts(pieces: list[_Piece], end_s: float, absent: str) -> list[str]:
    parts = []
    before_s = 0.0
    for place, piece in enumerate(pieces):
        is_first, is_last = place == 0, place == len(pieces) - 1
        # At the clip's own ends an absence too short to be told does not count.
        slack_s = ABSENCE_TOLD_S if is_first else SAME_S
        follows = piece.start_s - before_s < slack_s
        lasts = is_last and end_s - piece.end_s < ABSENCE_TOLD_S
        parts.append(_part(piece, absent, end_s, follows=follows, lasts=lasts))
        before_s = piece.end_s
    return parts


def _part(piece: _Piece, absent: str, end_s: float, *, follows: bool, lasts: bool) -> str:
    name = name_of(piece.candidates) or absent
    start, end = clock(piece.start_s, end_s), clock(piece.end_s, end_s)
    if lasts:
        return f"then {name}" if follows else f"{name} from {start}"
    return f"{name} until {end}" if follows else f"{name} from {start} to {end}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
