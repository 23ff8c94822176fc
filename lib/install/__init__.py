"""Installing, packaging and enabling the app."""
