"""A double of Assetto Corsa: runs the app as the game does, as strictly, and knows what is true at every tick."""
