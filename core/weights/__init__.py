"""Weight files of CLIP that others published: read as data, and never run."""
