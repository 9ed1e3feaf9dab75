"""Faces that belong to nobody, rendered from a face model by our own code."""
