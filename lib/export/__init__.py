"""From recordings and sets to the formats that people train with."""
