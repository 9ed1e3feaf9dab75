"""Many fits side by side: a grid of settings, seeds and methods."""
