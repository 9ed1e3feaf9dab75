"""Moving faces made from stills: what an expression looks like while it comes and goes."""
