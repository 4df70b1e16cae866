"""From a dropped digest to files in out/: the steps of `build` and `run`."""
