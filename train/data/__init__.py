"""Datasets of short clips: official layouts, open forms, and how their pictures are read."""
