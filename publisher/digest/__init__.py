"""From a digest file's bytes to an Issue, with a diagnostic for all that was odd."""
