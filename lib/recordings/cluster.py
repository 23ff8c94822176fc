"""A Dask cluster as an executor: its scheduler and its workers do the parts that `run_parts` hands out.

No scheduling of our own: what a worker does when, and again where one died, the scheduler decides. It never knows more
than the few parts for each worker that are under way.

Needs `distributed`, the extra `cluster`.
"""

import hashlib
import itertools
import logging
import os
import platform
import time
import uuid
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any

from ..errors import PROGRAM, UserError
from ..tools import need_cluster
from .workers import LostError, RemoteExecutor

_CONNECT_SECONDS = 10.0
# Workers that were started with the command need some seconds until the scheduler knows them.
_FIRST_WORKER_SECONDS = 20.0
# Workers come and go; that often it is asked how many there are.
_COUNT_SECONDS = 2.0
# What decides about the bytes that a part makes, by the name that pip knows.
_DECIDING = ("Pillow", "numpy", "pyarrow", "av")
_OWN = "SyncLogger's code"
_PACKAGE = __name__.split(".", maxsplit=1)[0]
_GOES_ON = "what is done stays; start it, then the same command goes on"


class ClusterError(UserError):
    """The cluster can't do it, or not any more. The message is for the user."""


@contextmanager
def cluster_executor(address: str | None, folders: Iterable[Path] = ()) -> Iterator[Executor | None]:
    """The cluster whose scheduler is at that address, for `run_parts`; None, this machine, where none is named.

    Raise ClusterError where nobody answers there, no worker is there, or one has another SyncLogger than this machine
    or doesn't see one of these folders.
    """
    if address is None:
        yield None
        return
    need_cluster()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed")  # that a part is large, that versions differ: see below
        client = _connected(address)
        try:
            _wait_for_a_worker(client, address)
            _refuse_strangers(client)
            _refuse_blind(client, folders)
            yield _Cluster(client, address)
        finally:
            with suppress(TimeoutError):  # a busy machine: all that counts is done, the scheduler sees that we are gone
                client.close(timeout=2)


def _connected(address: str) -> Any:
    from distributed import Client

    # What they log of a lost connection, also after we are through with it, is in our message.
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        if not address:
            raise ValueError("no address")  # for which Dask would start a cluster of its own here
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} ({_first_line(error)}): start one with `dask scheduler`, it prints its "
            "address"
        ) from error


def _wait_for_a_worker(client: Any, address: str) -> None:
    deadline = time.monotonic() + _FIRST_WORKER_SECONDS
    while not client.nthreads():
        if time.monotonic() > deadline:
            raise ClusterError(f"the cluster at {address} has no worker: start one with `dask worker {address}`")
        time.sleep(0.2)


# ------------------------------------------------------------------------------------------- the same everywhere


def _refuse_strangers(client: Any) -> None:
    """Raise ClusterError where a worker would do other work than this machine: the bytes must be the same."""
    for worker, found in client.run(find_spec, _PACKAGE, on_error="return").items():
        if found is None:
            raise ClusterError(
                f"the worker {worker} has no {_PACKAGE}: install there what is installed here, or start it in the "
                f"folder in which you call `{PROGRAM}`"
            )
    here = versions()
    for worker, told in client.run(versions, on_error="return").items():
        there = told if isinstance(told, dict) else {_OWN: "of another release"}
        for what, wanted in here.items():
            if there.get(what) != wanted:
                raise ClusterError(
                    f"the worker {worker} has {what} {there.get(what)}, this machine {wanted}: the same bytes need "
                    "the same versions; install them there or here"
                )


def _refuse_blind(client: Any, folders: Iterable[Path]) -> None:
    """Raise ClusterError where a worker would take for missing what it only can't see."""
    for folder in folders:
        if not isinstance(folder, PurePath):
            continue  # a URL
        for worker, sees in client.run(os.path.isdir, str(folder.absolute())).items():
            if not sees:
                raise ClusterError(
                    f"the worker {worker} doesn't see the folder {folder}: put it where all machines find it under one "
                    "name, on a share or behind a URL like s3://"
                )


def versions() -> dict[str, str]:
    """What the bytes that a part makes may depend on."""
    told = {_OWN: _own_code(), "Python": ".".join(platform.python_version_tuple()[:2])}
    return told | {name: _version(name) for name in _DECIDING}


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # takes longer than `check` of what it knows

    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _own_code() -> str:
    """A short name for the code of this package: two releases, or a changed one, have two."""
    folder = Path(__file__).resolve().parents[1]
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        told.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]


# ------------------------------------------------------------------------------------------------- the executor


class _Cluster(RemoteExecutor):
    """Dask's own executor, with what its futures raise in our words."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._executor = client.get_executor(pure=False)
        self._slots, self._counted = 1, 0.0
        self._group, self._numbers = f"{_PACKAGE}-{uuid.uuid4().hex}", itertools.count()

    @property
    def slots(self) -> int:
        """The threads of all workers."""
        if time.monotonic() - self._counted > _COUNT_SECONDS:
            self._slots = max(1, sum(self._threads().values()))
            self._counted = time.monotonic()
        return self._slots

    def check(self) -> None:
        """Raise ClusterError where no worker is left."""
        if not self._threads():
            raise ClusterError(f"the cluster at {self._address} has no worker any more: {_GOES_ON}")

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As `concurrent.futures` has it. Its future raises LostError, or ClusterError where the scheduler is gone."""
        if self._client.status != "running":
            raise self._gone()
        # As parts of one group: of each group the scheduler remembers that there was one, until all work is done.
        inner = self._executor.submit(work, *args, key=(self._group, next(self._numbers)), **kwargs)
        outer: Future[Any] = Future()
        inner.add_done_callback(lambda done: self._hand_on(done, outer))
        # No circle of the two: the cluster keeps a result until nobody here holds its future any more.
        outer.add_done_callback(partial(_cancel, weakref.ref(inner)))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster as it is: it is not ours."""

    def _threads(self) -> dict[str, int]:
        try:
            return dict(self._client.nthreads())
        except (OSError, CancelledError) as error:
            raise self._gone() from error

    def _hand_on(self, inner: "Future[Any]", outer: "Future[Any]") -> None:
        if not outer.set_running_or_notify_cancel():
            return
        if inner.cancelled():
            outer.set_exception(self._gone())
            return
        error = inner.exception()
        if error is None:
            outer.set_result(inner.result())
        else:
            outer.set_exception(self._in_our_words(error))

    def _in_our_words(self, error: BaseException) -> BaseException:
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return LostError(f"its worker died, {error.allowed_failures + 1} times")
        if isinstance(error, CancelledError):
            return self._gone()
        if isinstance(error, ModuleNotFoundError) and str(error.name).split(".")[0] == _PACKAGE:
            return ClusterError(
                f"a worker that came to the cluster at {self._address} has no {_PACKAGE}: install it there; {_GOES_ON}"
            )
        return error

    def _gone(self) -> ClusterError:
        return ClusterError(f"the scheduler at {self._address} is gone: {_GOES_ON}")


def _cancel(inner: "weakref.ref[Future[Any]]", outer: "Future[Any]") -> None:
    future = inner()
    if outer.cancelled() and future is not None:
        future.cancel()


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
