"""`python3 -m tests.end_to_end.sync_report [--step-seconds S] [--plot PNG]`: sets itself up, then tells how good the
sync is, case by case (see `sync_figures`)."""

import sys

from tests import environment


def main() -> int:
    try:
        environment.prepare_system()
        environment.enter("tests.end_to_end.sync_report", sys.argv[1:], groups=("test", "bench"))
    except environment.SetupError as error:
        environment.say(f"Can't set up the report: {error}")
        return 1
    from tests.end_to_end import sync_figures

    return sync_figures.main()


if __name__ == "__main__":
    sys.exit(main())
