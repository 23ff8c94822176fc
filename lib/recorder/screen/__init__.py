"""The game's window on the screen, and pictures grabbed from it."""
