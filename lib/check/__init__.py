"""Says what is in captures folders and what is wrong with it. Changes nothing in them but its own cache."""
