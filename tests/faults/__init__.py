"""Faults, provoked for real: what a recording survives, and what its user is told."""
