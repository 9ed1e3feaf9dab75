"""The models that visitors choose between."""
