"""Work on recorded captures folders: check, mend, look at, divide and export them."""
