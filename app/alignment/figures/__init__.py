"""Pure functions from an explanation to figures: no torch, no gradio, no files."""
