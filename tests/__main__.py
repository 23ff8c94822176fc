"""`python3 -m tests [arguments of pytest]`: sets itself up, then runs the tests."""

import sys

# In words that an older Python understands too.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("The tests need Python 3.11 or newer, this is " + sys.version.split()[0])

from tests import environment

# What says nothing about which tests run.
_OF_EVERY_RUN = ("--long", "-q", "-v", "-x", "-s")


def main() -> int:
    try:
        environment.prepare_system()
        environment.enter("tests", sys.argv[1:])
    except environment.SetupError as error:
        environment.say(f"Can't set up the tests: {error}")
        return 1
    if _is_whole(sys.argv[1:]):
        from tests import whole

        return whole.run(sys.argv[1:])
    import pytest

    return pytest.main(["--rootdir", str(environment.ROOT), *sys.argv[1:]])


def _is_whole(arguments: list[str]) -> bool:
    """Whether no argument chooses some of the tests, or wants a word of its own about how they run."""
    return all(argument in _OF_EVERY_RUN or argument.startswith("--durations=") for argument in arguments)


if __name__ == "__main__":
    sys.exit(main())
