"""The A3lign-DFER model and everything needed to run it on a video."""
