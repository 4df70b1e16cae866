"""Use cases of commands that are no part of the pipeline: a module for each command."""
