"""Find the face, follow it, and cut out the square that the model sees."""
