"""The error that a command shows to its user, and what the command line is called in messages."""

# In the app's folder this package is called `lib`; installed by pip it is `synclogger`.
IN_APP_FOLDER = __name__.startswith("lib.")
PROGRAM = "python -m lib" if IN_APP_FOLDER else "synclogger"


class UserError(Exception):
    """Something that the user can mend. The message is one line: what happened, and what to do."""
