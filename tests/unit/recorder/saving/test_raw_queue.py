"""How many grabbed pictures may wait, behind encoders that are busy or have time to spare."""

import threading
import time

import pytest

from lib.recorder.saving.raw_queue import RawQueue

SMALL, MIDDLE, LARGE = 640 * 360 * 4, 3840 * 2160 * 4, 7680 * 4320 * 4
WATCHED = 0.3  # longer than the queue looks back


def fill(queue: RawQueue[int], picture_bytes: int = SMALL) -> int:
    """Add pictures until there is no room; how many that were."""
    count = 0
    while queue.has_room(picture_bytes):
        count += 1
        queue.put(count, picture_bytes)
    return count


def work(queue: RawQueue[int], pictures: int, seconds: float = 0.0) -> None:
    """What an encoder does."""
    for _ in range(pictures):
        queue.get()
        time.sleep(seconds)
        queue.done(SMALL)


def idle_for_a_while(queue: RawQueue[int]) -> None:
    """One encoder waits for pictures that come seldom."""
    worker = threading.Thread(target=work, args=(queue, 8))
    worker.start()
    for number in range(8):
        time.sleep(WATCHED / 6)
        queue.put(number, SMALL)
    worker.join()


def keep_busy(queue: RawQueue[int]) -> None:
    """One encoder never waits: there is always a picture."""
    for number in range(2):
        queue.put(number, SMALL)
    for number in range(8):
        queue.put(number, SMALL)
        work(queue, 1, WATCHED / 6)
    work(queue, 2)


def test_a_burst_may_wait_while_the_encoders_have_time_to_spare() -> None:
    queue: RawQueue[int] = RawQueue(1)
    idle_for_a_while(queue)
    assert fill(queue) == 16


def test_behind_a_busy_encoder_two_pictures_wait() -> None:
    queue: RawQueue[int] = RawQueue(1)
    keep_busy(queue)
    assert fill(queue) == 3


def test_after_a_busy_time_bursts_are_welcome_again() -> None:
    queue: RawQueue[int] = RawQueue(1)
    keep_busy(queue)
    idle_for_a_while(queue)
    assert fill(queue) == 16


def test_large_pictures_take_fewer_places() -> None:
    assert fill(RawQueue(1), LARGE) == 2
    assert fill(RawQueue(1), MIDDLE) == 5


@pytest.mark.parametrize("encoders", [1, 2, 3, 4, 8])
def test_memory_is_bounded_however_many_encoders_there_are(encoders: int) -> None:
    for picture_bytes in (MIDDLE, LARGE):
        assert fill(RawQueue(encoders), picture_bytes) * picture_bytes <= max(160 << 20, 2 * picture_bytes)


def test_what_is_encoded_makes_room() -> None:
    queue: RawQueue[int] = RawQueue(1)
    assert fill(queue) == 16
    work(queue, 3)
    assert fill(queue) == 3


def test_pictures_leave_in_order_and_every_encoder_is_told_the_end() -> None:
    queue: RawQueue[int] = RawQueue(2)
    for number in (1, 2, 3):
        queue.put(number, SMALL)
    queue.close()
    assert [queue.get() for _ in range(5)] == [1, 2, 3, None, None]
