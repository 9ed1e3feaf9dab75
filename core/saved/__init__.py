"""A result as a file: written, read again, and joined with the video that it is about."""
