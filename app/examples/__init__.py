"""Clips to try the app with."""
