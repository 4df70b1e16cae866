"""Which entry is in which document of which feed."""
