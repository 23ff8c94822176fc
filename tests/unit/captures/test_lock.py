import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.captures import lock
from lib.captures.lock import FolderBusyError, FolderLock, NoLocksError
from tests import environment


def test_only_one_process_holds_a_folder_and_death_frees_it(tmp_path: Path) -> None:
    code = (
        "import sys,time; from pathlib import Path; from lib.captures.lock import FolderLock;"
        "held = FolderLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=environment.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(FolderBusyError, match="another SyncLogger"):
        FolderLock(tmp_path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    FolderLock(tmp_path).release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.EIO])
def test_a_drive_that_can_not_lock_is_not_another_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As some network drives answer."""

    def refuse(_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock, "_lock", refuse)
    with pytest.raises(NoLocksError, match="on another drive") as caught:
        FolderLock(tmp_path, patience=1)
    assert "another SyncLogger" not in str(caught.value)
    assert os.strerror(number) in str(caught.value)
