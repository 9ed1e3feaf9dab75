"""The training of a method on stored features: its stages, their loop and what a run leaves."""
