"""One file per tab: its callbacks, its layout, its wiring."""
