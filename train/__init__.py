"""Training programs: they write checkpoints that ``core`` reads."""
