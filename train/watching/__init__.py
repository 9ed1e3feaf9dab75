"""Who looks on while something is trained: a line of progress, curves on a board, a sheet."""
