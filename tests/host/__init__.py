"""A double of Assetto Corsa: runs the app as the game does, as strictly, and knows what is true at every tick.

To add something that the game does: an event in `scene.py` with its `_do_…` in `game.py`; what goes wrong, in
`faults.py`; a number that the game says, in `readings.py`; a function of `ac`, in `ac_api.py`.
"""
