"""What is said on the way: our own progress, and everybody's warnings."""

import logging

OURS = {"train", "core"}


def configure_logging() -> None:
    """Show both; open_clip reports every model that it builds, which nobody asked for."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(
            lambda record: record.levelno > logging.INFO or record.name.partition(".")[0] in OURS
        )
