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

_MAY_MOUNT = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None
needs_mount = pytest.mark.skipif(not _MAY_MOUNT, reason="mounting a small file system takes root")


@contextlib.contextmanager
def small_disk(at: Path, megabytes: float) -> Iterator[Path]:
    """A tmpfs of that size."""
    at.mkdir(parents=True)
    size = f"size={int(megabytes * 1024)}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{size},mode=0777", "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def remount(at: Path, option: str) -> None:
    """Make the file system read-only ("ro"), writable ("rw"), or of another size ("size=...")."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(at)], check=True)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """A file or folder that refuses every change, as one does that another program holds open under Windows."""
    mode = stat.S_IMODE(path.stat().st_mode)
    as_root = sys.platform == "linux" and os.geteuid() == 0
    if as_root:
        subprocess.run(["chattr", "+i", str(path)], check=True)
    else:
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        if as_root:
            subprocess.run(["chattr", "-i", str(path)], check=True)
        else:
            path.chmod(mode)
