"""Which tick a picture shows: by the strip, or by the clock."""
