"""One HTML page that shows what is in a captures folder: a player, plots, laps, and what `check` found."""
