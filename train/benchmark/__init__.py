"""What the short cuts save, in seconds."""
