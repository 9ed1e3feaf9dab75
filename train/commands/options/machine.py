"""Options that say where a command computes and what it leaves there."""

import argparse

# Features up to this size are held in memory; larger ones are read from the disk as needed.
DEFAULT_MEMORY_GB = 8.0

LOGS = ("tensorboard", "csv", "wandb", "none")


def add_memory(parser: argparse.ArgumentParser) -> None:
    """How much is held in memory."""
    parser.add_argument(
        "--memory-gb",
        type=float,
        default=DEFAULT_MEMORY_GB,
        help=f"hold features up to this size in memory (default {DEFAULT_MEMORY_GB:g})",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Where curves go."""
    parser.add_argument(
        "--log",
        nargs="+",
        choices=LOGS,
        help="curves of every epoch in the run folder: TensorBoard's events (default, where it is "
        "installed), log.csv, Weights & Biases, or none",
    )
