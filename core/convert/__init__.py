"""Checkpoints that others released, as folders that this project reads."""
