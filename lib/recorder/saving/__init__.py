"""From grabbed pixels to files: queue, encoders, one writer."""
