"""Tells the game, through the link, what the recorder is doing."""

from ..link import mapped_file
from ..link.mapped_file import RecorderLink, RecorderStatus

# The game takes a recorder for hung when nothing changes for longer than half a second, several times over.
_LONGEST_SILENCE = 0.25


class StatusReporter:
    """Holds the status and puts it into the link when it changed or was silent for too long."""

    def __init__(self, link: RecorderLink) -> None:
        self._link = link
        self._heartbeat = 0
        self._last: tuple[int, str] | None = None
        self._reported_at = float("-inf")
        self.state: int = mapped_file.STARTING
        self.sync: int = mapped_file.SYNC_NONE
        self.message = ""
        self.take_number = 0
        self.take_order = 0
        self.frames_saved = 0
        self.frames_dropped = 0
        self.frames_unproven = 0
        self.pictures_per_second = 0.0
        self.bytes_per_second = 0.0
        self.room_seconds = -1.0

    def set(self, state: int, message: str = "") -> None:
        self.state, self.message = state, " ".join(message.split())

    def is_due(self, now: float) -> bool:
        return now - self._reported_at >= _LONGEST_SILENCE or self._last != (self.state, self.message)

    def report(self, now: float) -> None:
        """Put the status into the link, with the next heartbeat."""
        self._heartbeat += 1
        self._last, self._reported_at = (self.state, self.message), now
        self._link.report(
            RecorderStatus(
                state=self.state,
                sync=self.sync,
                take_number=self.take_number,
                take_order=self.take_order,
                frames_saved=self.frames_saved,
                frames_dropped=self.frames_dropped,
                frames_unproven=self.frames_unproven,
                heartbeat=self._heartbeat,
                pictures_per_second=self.pictures_per_second,
                bytes_per_second=self.bytes_per_second,
                room_seconds=self.room_seconds,
                message=self.message,
            )
        )
