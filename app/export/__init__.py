"""Pure functions from results to the files a visitor takes away."""
