"""What every page stands on: its files, its theme, how it is launched."""
