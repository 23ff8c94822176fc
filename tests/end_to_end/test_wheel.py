"""The package that pip installs: built from a folder in use, installed into an empty environment, run elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from tests import environment
from tests.environment import ON_WINDOWS, ROOT

_LEFTOVERS = (
    "captures/01_000001.jpg",
    "captures/data.csv",
    "captures/.lock",
    "recordings of May/01_000001.jpg",
    "settings.ini",
    "recorder.log",
    ".installed.json",
    "runtime/python.exe",
    ".venv/pyvenv.cfg",
    ".tests/venv-0/ready",
    "tests/__pycache__/x.pyc",
    "lib/__pycache__/x.cpython-311.pyc",
    "lib/captures/__pycache__/x.cpython-311.pyc",
    "build/lib/x.py",
    "dist/synclogger-0.0.1.tar.gz",
)
_TORN_ROW = b"02_000016.jpg,0.5"
_TAKES = environment.ROOT / "tests" / "data" / "format1"


@dataclass(frozen=True)
class Built:
    """The wheel and the sdist, and the folder they were built from."""

    folder: Path
    wheel: Path
    sdist: Path

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_sdist(self) -> set[str]:
        """The names below the top folder."""
        with tarfile.open(self.sdist) as archive:
            return {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in archive.getnames()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built as a release is: the sdist from the folder, the wheel from the sdist, unpacked where nothing else is."""
    folder = tmp_path_factory.mktemp("source") / "SyncLogger"
    folder.mkdir()
    for name in _project_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    for name in _LEFTOVERS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"left over")
    out = tmp_path_factory.mktemp("built")
    environment.run([sys.executable, "-m", "build", "--outdir", str(out), str(folder)])
    (wheel,) = out.glob("*.whl")
    (sdist,) = out.glob("*.tar.gz")
    return Built(folder, wheel, sdist)


def _project_files() -> list[str]:
    """What a clone has, with what is not committed yet."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path.as_posix() for path in found if not {"__pycache__", ".tests", ".venv"} & set(path.parts)]


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that has the wheel, what it asks for, and nothing else."""
    python = environment.make_environment(tmp_path_factory.mktemp("environment") / "venv", [str(built.wheel)])
    return python.parent


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([str(part) for part in command], cwd=folder, env=clean, capture_output=True, text=True)


@pytest.fixture(params=["command", "module"])
def synclogger(request: pytest.FixtureRequest, installed: Path) -> list[str | Path]:
    """Both ways to call it."""
    if request.param == "module":
        return [installed / "python", "-m", "synclogger"]
    return [installed / ("synclogger.exe" if ON_WINDOWS else "synclogger")]


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """A folder in which a row was torn."""
    folder = Path(shutil.copytree(_TAKES, tmp_path / "captures"))
    with (folder / "data.csv").open("ab") as rows:
        rows.write(_TORN_ROW)
    return folder


def is_mended(captures: Path) -> bool:
    is_whole = (captures / "data.csv").read_bytes() == (_TAKES / "data.csv").read_bytes()
    return is_whole and _TORN_ROW in (captures / ".rescued/rows.csv").read_bytes()


# ------------------------------------------------------------------------------------------ what is in it


def test_the_wheel_holds_all_of_lib_and_nothing_else(built: Built) -> None:
    lib = {name.removeprefix("lib/") for name in _project_files() if name.startswith("lib/")}
    assert {name.removeprefix("synclogger/") for name in built.in_wheel() if ".dist-info/" not in name} == lib
    assert {"__main__.py", "install/runtime_requirements.txt"} <= lib


def test_the_sdist_holds_the_project_and_nothing_of_its_use(built: Built) -> None:
    names = built.in_sdist()
    assert not names & set(_LEFTOVERS)
    assert names - {"PKG-INFO"} <= set(_project_files())
    tops = ("lib/", "tests/", "ui/", "docs/", "logger.py", "requirements.txt", "settings_defaults.ini", "LICENSE")
    assert {name for name in _project_files() if name.startswith(tops)} <= names
    assert [name for name in names if name.startswith("captures")] == ["captures/.gitkeep"]


def test_the_wheel_is_the_same_from_the_folder_itself(built: Built, tmp_path: Path) -> None:
    """As `pip install .` has it, and a folder in use adds nothing."""
    environment.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(built.folder)])
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.read_bytes() == built.wheel.read_bytes()


# ----------------------------------------------------------------------------------------------- what it does


def test_help_names_the_command_that_the_user_typed(synclogger: list[str | Path], tmp_path: Path) -> None:
    done = run([*synclogger, "--help"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: synclogger [-h] COMMAND")
    assert "repair" in done.stdout


def test_help_in_the_folder_of_the_app_names_that_call(built: Built) -> None:
    done = run([sys.executable, "-m", "lib", "--help"], built.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m lib [-h] COMMAND")


def test_report_says_in_one_line_what_it_lacks(synclogger: list[str | Path], captures: Path, tmp_path: Path) -> None:
    done = run([*synclogger, "report", captures], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: report needs numpy and plotly, which this Python lacks")
    assert done.stderr.endswith("run `pip install synclogger[tools]` once\n")
    assert not (captures / "report.html").exists()


def test_repair_mends_the_folder_that_is_named(synclogger: list[str | Path], captures: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run([*synclogger, "repair", captures], elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert is_mended(captures)
    assert list(elsewhere.iterdir()) == []


def test_repair_without_a_folder_takes_captures_where_the_user_stands(
    synclogger: list[str | Path], captures: Path
) -> None:
    assert "default: captures in the current folder" in run([*synclogger, "repair", "--help"], captures).stdout
    done = run([*synclogger, "repair"], captures.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert is_mended(captures)


def test_repair_asks_for_a_folder_where_there_is_none(synclogger: list[str | Path], tmp_path: Path) -> None:
    done = run([*synclogger, "repair"], tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "error: there is no folder captures: name the one with the pictures, `synclogger repair DIR`\n"
    )


@pytest.mark.parametrize("arguments", [["install"], ["install", "--enable"], ["uninstall"], ["package"]])
def test_what_needs_the_app_says_where_it_works(installed: Path, tmp_path: Path, arguments: list[str]) -> None:
    done = run([installed / "python", "-m", "synclogger", *arguments], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"run `python -m lib {arguments[0]}` in the folder of the app" in line
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_what_to_do(built: Built, captures: Path, tmp_path: Path) -> None:
    python = environment.make_environment(tmp_path / "venv", ["--no-deps", str(built.wheel)])
    code = "import sys; sys.modules['json'] = None; from synclogger.__main__ import main; sys.exit(main())"
    done = run([python, "-c", code, "repair", captures], tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "error: this Python has no json: install SyncLogger again with pip, which brings what it needs\n"
    )


def test_every_module_works_under_the_name_of_the_package(built: Built, installed: Path, tmp_path: Path) -> None:
    """The game's side needs the game, and each system has its own part of the recorder."""
    files = (name for name in built.in_wheel() if name.endswith(".py") and "/ingame/" not in name)
    other = "/x11" if ON_WINDOWS else "/win32"
    modules = [name.removesuffix(".py").replace("/", ".") for name in sorted(files) if other not in name]
    code = (
        "import importlib, sys\n"
        "from synclogger.tools import TOOLS\n"
        f"for name in {modules}:\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error:\n"
        "        assert error.name.partition('.')[0] in TOOLS, error\n"
        "assert 'lib' not in sys.modules\n"
    )
    done = run([installed / "python", "-c", code], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", ["lib", "lib/__main__.py"])
def test_called_by_its_path_it_says_how_it_is_called(built: Built, path: str) -> None:
    done = run([sys.executable, path], built.folder)
    assert (done.returncode, done.stderr) == (2, "error: run this as `python -m lib`, from the folder of the app\n")
