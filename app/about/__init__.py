"""The About page: what is loaded, how good it is, and what is kept."""
