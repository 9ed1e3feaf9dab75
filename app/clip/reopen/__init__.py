"""A saved result on the page again, with its video or without."""
