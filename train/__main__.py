"""The command line of training: ``python -m train COMMAND``."""

import argparse
import importlib
import sys

from core.errors import A3LignError
from train.runtime.disk import disk_trouble
from train.runtime.log import configure_logging

COMMANDS = {
    "pretrain": "train FaceCLIP on still faces",
    "animate": "make clips with onset, apex and offset from still faces",
    "framing": "train the small network that frames faces alike, whoever detects them",
    "check-data": "examine a dataset before using it",
    "crops": "cut the faces out of every frame once, for methods that train an image tower",
    "extract": "compute and store the frozen features of every frame",
    "cues": "draw and caption the faces for methods that read such cues",
    "fit": "train a model: A3lign in its three steps, or another method",
    "evaluate": "measure a checkpoint on a dataset",
    "reproduce": "make one of the paper's tables: extract, train every fold, judge, write",
    "ablate": "fit and evaluate a grid of settings",
    "publish": "put a checkpoint with its card on the Hugging Face hub",
    "bench": "measure what the short cuts save",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; a mistake of the user's becomes a sentence and exit status 2."""
    words = sys.argv[1:] if argv is None else argv
    name = words[0] if words else ""
    if name not in COMMANDS:
        _overview().parse_args(words)
        return 2
    # Only the chosen command is imported, so that help never waits for torch.
    command = importlib.import_module(f"train.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"python -m train {name}", description=COMMANDS[name])
    command.add_arguments(parser)
    arguments = parser.parse_args(words[1:])
    configure_logging()
    try:
        command.run(arguments)
    except A3LignError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; --resume continues where the command has it", file=sys.stderr)
        return 130
    except Exception as error:
        # Whatever writes may meet a full disk, in the words of its library.
        sentence = disk_trouble(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 2
    return 0


def _overview() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<12}{purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description=f"commands:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the above")
    return parser


if __name__ == "__main__":
    sys.exit(main())
