"""Pure functions from results to figures: no torch, no gradio, no files."""
