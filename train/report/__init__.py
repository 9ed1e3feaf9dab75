"""Pages of figures that open in any browser without a network."""
