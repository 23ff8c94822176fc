"""The error that a command shows to its user."""


class UserError(Exception):
    """Something that the user can mend. The message is one line: what happened, and what to do."""
