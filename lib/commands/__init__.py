"""The commands of the command line, one a file: HELP, add_arguments and run.

A file here imports what does the work only when it runs, so that one command works where another lacks its packages.
"""
