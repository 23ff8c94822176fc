"""Windows for real, on Linux: Wine with a Windows Python in it."""
