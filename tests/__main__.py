"""`python3 -m tests [arguments of pytest]`: sets itself up, then runs the tests."""

import sys

# In words that an older Python understands too.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("The tests need Python 3.11 or newer, this is " + sys.version.split()[0])

from tests import environment


def main() -> int:
    try:
        environment.prepare_system()
        environment.enter("tests", sys.argv[1:])
    except environment.SetupError as error:
        environment.say(f"Can't set up the tests: {error}")
        return 1
    import pytest

    return pytest.main(["--rootdir", str(environment.ROOT), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
