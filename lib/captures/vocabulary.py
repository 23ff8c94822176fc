"""The words that stand in a captures folder: what became of a tick, how a picture was paired, how a take ended.

Each word is listed once, with what it means. Files hold the words themselves, so none may ever change its spelling.
"""

from enum import StrEnum


class Word(StrEnum):
    """A word with a line that says what it means."""

    meaning: str

    def __new__(cls, word: str, meaning: str = "") -> "Word":
        """The word as it stands in the files, and its meaning for people."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class Outcome(Word):
    """What became of a tick: the column `outcome` of NN_ticks.csv, and the keys of `by_outcome` in NN_take.json."""

    SAVED = "saved", "its picture and its row are saved"
    CAP = "cap", "not wanted: the limit of pictures per second"
    DUPLICATE = "duplicate", "the screen still showed a tick that has its picture"
    NOT_SHOWN = "not_shown", "the picture grabbed then shows another tick, and none that was grabbed shows this one"
    BUSY = "busy", "the recorder was at work on another tick"
    HELD_PAUSED = "held_paused", "the game was paused"
    HELD_REPLAY = "held_replay", "a replay was shown"
    HELD_IN_PITS = "held_in_pits", "the car stood in its pit box"
    HELD_TELEMETRY_INVALID = "held_telemetry_invalid", "the game gave something that is not a number"
    HELD_OTHER_CAR = "held_other_car", "the camera followed another car"
    HELD_OTHER_VIEW = "held_other_view", "a trackside, helicopter, free or changing camera was on"
    HELD_OFF = "held_off", "the game said that no session runs"
    DROPPED_TORN = "dropped_torn", "the picture was torn between two frames"
    DROPPED_OUT_OF_RING = "dropped_out_of_ring", "its sample was gone before the recorder could read it"
    DROPPED_UNPAIRED = "dropped_unpaired", "no tick could be told for the picture"
    DROPPED_WINDOW_MOVED = "dropped_window_moved", "the window moved, or a frame drawn before that was still shown"
    DROPPED_QUEUE_FULL = "dropped_queue_full", "the encoders were behind"
    DROPPED_DISK = "dropped_disk", "the disk refused, was nearly full or too slow"
    DROPPED_GRAB_FAILED = "dropped_grab_failed", "the screen could not be grabbed"
    DROPPED_BLACK = "dropped_black", "the picture was wholly black"
    DROPPED_FROZEN = "dropped_frozen", "the picture stood still although the car moved"
    DROPPED_NO_DISPLAY = "dropped_no_display", "there was no display"
    DROPPED_NO_WINDOW = "dropped_no_window", "the game's window could not be found"
    DROPPED_NO_MONITOR = "dropped_no_monitor", "the monitor to be recorded was not there"
    DROPPED_MINIMISED = "dropped_minimised", "the game was minimised"
    DROPPED_COVERED = "dropped_covered", "another window covered the game"
    DROPPED_OFF_SCREEN = "dropped_off_screen", "the window reached beyond the screen"
    LOST = "lost", "a crash took its picture, or its line, before it was on the disk"

    @property
    def is_dropped(self) -> bool:
        """Whether the tick should have become a picture and something kept it from that."""
        return self.startswith("dropped_")

    @property
    def is_held(self) -> bool:
        """Whether the game or the settings said that the tick must not become a picture."""
        return self.startswith("held_")


class Proof(Word):
    """How sure it is that a picture shows the tick of its row: the keys of `proof` in NN_take.json."""

    PROVEN = "proven", "the picture itself shows which tick it is of"
    BRIDGED = "bridged", "between proven pictures: mostly right, seldom more than one tick off"
    UNPROVEN = "unproven", "nothing says which tick the picture shows: leave it out of a training set"


class PairedBy(Word):
    """How a picture came to its tick: the column `paired_by` of NN_ticks.csv."""

    STRIP = "strip", "the sync strip in the picture says the tick, and the next frame drew a strip of its own"
    STRIP_KEPT = "strip_kept", "the strip says the tick, but the next frame kept it: the scene may be newer"
    STRIP_TORN = "strip_torn", "the strip says the tick of the upper part of a torn picture (DROP_TORN = 0)"
    CLOCK = "clock", "by the clock, with the display lag that the strip taught"
    CLOCK_UNLEARNED = "clock_unlearned", "by the clock alone, before any strip was read: often a tick or two off"

    @property
    def proof(self) -> Proof:
        """What is made of captures takes what is PROVEN, and the rest only where it is asked to."""
        return _PROOFS.get(self, Proof.UNPROVEN)


_PROOFS = {PairedBy.STRIP: Proof.PROVEN, PairedBy.CLOCK: Proof.BRIDGED}


class Ended(Word):
    """How a take ended: `how_it_ended` in NN_take.json."""

    OPEN = "open", "it is being recorded, or a crash left it open"
    STOPPED = "stopped", "by the button"
    GAME_ENDED = "game_ended", "the game ended"
    RECORDER_STOPPED = "recorder_stopped", "someone ended the recorder"
    RECORDER_FAILED = "recorder_failed", "the recorder met an error that it could not mend"
    RECOVERED = "recovered after a crash", "a crash left it open; what was on the disk is complete"
