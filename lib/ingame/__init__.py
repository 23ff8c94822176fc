"""What runs inside the game: Python 3.3, nothing that blocks, no threads."""
