"""Many independent parts of work on all cores. Everything that takes long goes through here.

The work is a function of the top level of a module and a list of parts that know nothing of each other, so any
executor of `concurrent.futures` can do it: the processes of this machine, or those of a cluster (`cluster`).
"""

import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import connection
from typing import Generic, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")

# So many parts wait for each core; more would only fill memory.
_AHEAD = 3
# No single part takes this long; one that does hangs, on a dead share say.
PATIENCE_SECONDS = 600.0
# Windows can't wait for more processes at once.
_MOST_PROCESSES = 60
# So long is waited for a thread that has nothing left to do.
_A_MOMENT = 5.0


@dataclass(frozen=True)
class Failed:
    """A part that could not be done."""

    why: str


class _Suspect(Failed):
    """A part that was under way when a process died or hung: it may not be to blame."""


@dataclass(frozen=True)
class Done(Generic[Part, Result]):
    """A part with its result, or why there is none."""

    part: Part
    result: Result | Failed


class LostError(Exception):
    """What the future of a `RemoteExecutor` raises when a process died that had its part. Others go on."""


class RemoteExecutor(Executor, ABC):
    """The processes of other machines, which come and go."""

    @property
    @abstractmethod
    def slots(self) -> int:
        """So many parts can be done at a time now."""

    @abstractmethod
    def check(self) -> None:
        """Raise UserError where nobody is there any more who could do a part."""


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def starts_quickly() -> bool:
    """Whether a process is a copy of this one, there in milliseconds, and not a Python that starts anew."""
    chosen = multiprocessing.get_start_method(allow_none=True)
    return (chosen or multiprocessing.get_all_start_methods()[0]) == "fork"


def run_parts(
    work: Callable[[Part], Result],
    parts: Iterable[Part],
    executor: Executor | None = None,
    processes: int | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[Done[Part, Result]]:
    """Do all parts and hand each out when it is done, in no order.

    Without an `executor`: on the processes of this machine, or in this one where there is one core or one part. An
    error that `work` raises is raised here. A process that dies or hangs costs the part that is to blame, and no other.
    Nothing new begins once nobody asks for more.
    """
    coming = deque(parts)
    processes = min(processes or cores(), _MOST_PROCESSES, len(coming))
    run = _Run(work, patience)
    if executor is not None:
        yield from run.all(coming, lambda _: nullcontext(executor), processes)
    elif processes <= 1:
        yield from (Done(part, work(part)) for part in coming)
    else:
        yield from run.all(coming, _Pool, processes)


class _Run(Generic[Part, Result]):
    """The work of one call."""

    def __init__(self, work: Callable[[Part], Result], patience: float) -> None:
        self._work = work
        self._patience = patience

    def all(
        self, coming: deque[Part], opened: Callable[[int], AbstractContextManager[Executor]], processes: int
    ) -> Iterator[Done[Part, Result]]:
        """Do what is coming on an executor of so many processes; on a new one where they died."""
        suspects: list[Part] = []
        while coming:
            with opened(processes) as executor:
                for done in self._on(executor, coming, processes):
                    if isinstance(done.result, _Suspect):
                        suspects.append(done.part)
                    else:
                        yield done
        # Several were under way when a process died, and one is to blame: each has another try, alone.
        for part in suspects:
            with opened(1) as executor:
                for done in self._on(executor, deque([part]), 1):
                    yield Done(part, Failed(done.result.why)) if isinstance(done.result, Failed) else done

    def _on(self, executor: Executor, coming: deque[Part], processes: int) -> Iterator[Done[Part, Result]]:
        """Hand out parts until all are done, or the executor is no good any more; the rest stays in `coming`."""
        running: dict[Future[Result], Part] = {}
        try:
            while running or coming:
                while coming and len(running) < _AHEAD * _slots(executor, processes):
                    running[executor.submit(self._work, coming[0])] = coming[0]
                    coming.popleft()
                finished, _ = wait(running, timeout=self._patience, return_when=FIRST_COMPLETED)
                for future in finished:
                    result = self._result(future)
                    yield Done(running.pop(future), result)
                if not finished:
                    if isinstance(executor, RemoteExecutor):
                        executor.check()
                    yield from _all_suspect(running, f"nothing came for {self._patience:.0f} s")
                    return
        except BrokenExecutor:
            if not running:  # it was broken before anything began
                running = {Future(): coming.popleft() for _ in range(len(coming))}
            yield from _all_suspect(running, "its process died")
        finally:
            for future in running:
                future.cancel()

    def _result(self, future: Future[Result]) -> Result | Failed:
        try:
            return future.result()
        except LostError as error:
            return _Suspect(str(error))


def _slots(executor: Executor, processes: int) -> int:
    return executor.slots if isinstance(executor, RemoteExecutor) else processes


def _all_suspect(running: dict[Future[Result], Part], why: str) -> Iterator[Done[Part, Result]]:
    yield from (Done(part, _Suspect(why)) for part in running.values())


class _Pool:
    """Processes that end with the block, however it ends: also one that hangs, and on Ctrl+C."""

    def __init__(self, processes: int) -> None:
        self._before = {child.pid for child in multiprocessing.active_children()}
        self._executor = ProcessPoolExecutor(processes, initializer=_begin_in_a_process)

    def __enter__(self) -> Executor:
        return self._executor

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        # Whoever is at work now is not waited for any more: all results that count are there.
        children = [child for child in multiprocessing.active_children() if child.pid not in self._before]
        manager = getattr(self._executor, "_executor_manager_thread", None)
        self._executor.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()
        for child in children:
            child.join()
        if manager is not None:  # a Python that ends while this thread closes its pipes prints a traceback
            manager.join(_A_MOMENT)


def _begin_in_a_process() -> None:
    """Leave Ctrl+C to the parent, and end with it, however it ends: nobody else would end who only waits for work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
