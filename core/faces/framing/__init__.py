"""One framing for every detector: level eyes at a fixed place and distance."""
