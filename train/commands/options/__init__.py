"""Command line options that several commands share; none imports torch."""
