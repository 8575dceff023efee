"""What a run is measured by, and tables of it."""
