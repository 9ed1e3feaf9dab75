"""Still faces: where they come from, how they are described, how they are varied."""
