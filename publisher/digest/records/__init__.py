"""Records: the unit that a digest repeats for each paper, and what each one holds."""
