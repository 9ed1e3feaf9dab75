"""From command line options to what a command works on."""
