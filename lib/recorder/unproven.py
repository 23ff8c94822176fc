"""Whether the pictures that are saved just now are proven; where they aren't, why and what the player can do."""

from collections import Counter, deque

from ..captures.vocabulary import PairedBy, Proof
from ..link import mapped_file
from .brief import Settings

# How things stand is told from the pictures of the last moments.
_SECONDS = 1.0
_MOST = 512

STRIP_OFF = "The sync strip is off, so nothing shows which moment a picture is of. Set STRIP to 1 in the settings."
NOT_DRAWN = "This panel was closed, so nothing shows which moment a picture is of. Keep it open while you record."
PARTLY_SEEN = "Only a part of this panel can be seen. Move it wholly into the picture, and take away what covers it."
COVERED = "Something covers this panel, so nothing shows which moment a picture is of. Uncover it."
NOT_THE_GAME = (
    "This panel is not in the pictures: they may not show the game. Switch it to borderless, or uncover the panel."
)
NOT_THIS_MONITOR = (
    "This panel is not on monitor {0}: the game may be elsewhere. Set SOURCE to window, or uncover the panel."
)
STRIP_KEPT = (
    "Apps are drawn less often than the scene: a picture may be newer than its row. Look for a limit in your mods."
)
TORN = "Most pictures are torn between two frames. Switch vertical sync on in the game's video settings."

_SYNC = {
    Proof.PROVEN: mapped_file.SYNC_STRIP,
    Proof.BRIDGED: mapped_file.SYNC_CLOCK,
    Proof.UNPROVEN: mapped_file.SYNC_UNPROVEN,
}


class ProofWatch:
    """Follows how pictures come to their ticks."""

    def __init__(self) -> None:
        self._last: deque[tuple[float, PairedBy]] = deque(maxlen=_MOST)
        self._was_read = False  # a strip, in this session

    def begin_take(self) -> None:
        """Judge by the pictures to come."""
        self._last.clear()

    def strip_was_read(self) -> None:
        """A strip of this session was read: what is grabbed is the game."""
        self._was_read = True

    def paired(self, by: PairedBy, now: float) -> None:
        """A picture that is saved came to its tick in this way."""
        if by is PairedBy.STRIP:  # what kept strips from being read is over
            self._last = deque((one for one in self._last if one[1] is not PairedBy.CLOCK_UNLEARNED), _MOST)
        self._last.append((now, by))
        while self._last[0][0] < now - _SECONDS:
            self._last.popleft()

    @property
    def sync(self) -> int:
        """How pictures are paired just now, as the link says it."""
        if not self._last:
            return mapped_file.SYNC_NONE
        unproven = sum(by.proof is Proof.UNPROVEN for _, by in self._last)
        if 2 * unproven > len(self._last):
            return mapped_file.SYNC_UNPROVEN
        return next(_SYNC[by.proof] for _, by in reversed(self._last) if by.proof is not Proof.UNPROVEN)

    def why(self, settings: Settings, is_drawn: bool, is_partly_seen: bool) -> str:
        """What keeps pictures from being proven, and what to do, for the player.

        `is_drawn`: the game draws the panel. `is_partly_seen`: something of it is in the picture, or it reaches
        beyond it.
        """
        if not settings.strip:
            return STRIP_OFF
        most, _ = (Counter(by for _, by in self._last) or Counter({PairedBy.CLOCK_UNLEARNED: 1})).most_common(1)[0]
        if most in _BY_THE_STRIP:
            return _BY_THE_STRIP[most]
        if not is_drawn:
            return NOT_DRAWN
        if is_partly_seen:
            return PARTLY_SEEN
        if self._was_read:
            return COVERED
        return NOT_THIS_MONITOR.format(settings.monitor) if settings.monitor else NOT_THE_GAME


_BY_THE_STRIP = {PairedBy.STRIP_KEPT: STRIP_KEPT, PairedBy.STRIP_TORN: TORN}
