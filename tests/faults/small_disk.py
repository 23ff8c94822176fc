"""A real small file system, and folders and files that refuse to be written to, for root and for anyone else."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
needs_mount = pytest.mark.skipif(not _IS_ROOT or not shutil.which("mount"), reason="to mount a disk takes root")


@contextlib.contextmanager
def small_disk(at: Path, megabytes: float) -> Iterator[Path]:
    """A tmpfs of that size."""
    at.mkdir(parents=True)
    size = f"size={int(megabytes * 1024)}k"
    _run_or_skip(["mount", "-t", "tmpfs", "-o", f"{size},mode=0777", "tmpfs", str(at)])
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def remount(at: Path, option: str) -> None:
    """Make the file system read-only ("ro"), writable ("rw"), or of another size ("size=...")."""
    _run_or_skip(["mount", "-o", f"remount,{option}", str(at)])


def _run_or_skip(command: list[str]) -> None:
    """A container's root may not do everything that root may do."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"not allowed here: {' '.join(command[:2])}: {done.stderr.strip()}")


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """A file or folder that refuses every change, as one does that another program holds open under Windows."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if _IS_ROOT:
        _run_or_skip(["chattr", "+i", str(path)])
    else:
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        if _IS_ROOT:
            subprocess.run(["chattr", "-i", str(path)], check=True)
        else:
            path.chmod(mode)
