"""Mends what a crash or a power cut left in a captures folder."""
