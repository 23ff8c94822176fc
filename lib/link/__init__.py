"""What the two processes share: the sample, the mapped file between them, and the sync strip's code.

Everything in here runs under Python 3.3 inside the game and under modern Python in the recorder.
"""
