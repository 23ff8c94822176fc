"""The sync strip, read from pictures: which tick does a picture show, and where in it is the panel."""
