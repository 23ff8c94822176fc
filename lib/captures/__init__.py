"""What stands in a captures folder: each thing's writing and its reading side by side."""
