"""Frozen frame features: computed once, stored, and gathered into batches."""
