"""One module per method; its file name, with hyphens, is the method's name."""
