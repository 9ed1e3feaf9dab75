"""Convert a released checkpoint: ``python -m core.convert FILE --out DIR``."""

import argparse
import logging
from pathlib import Path

from core.checkpoint import save_checkpoint
from core.convert.dfer_clip import convert_dfer_clip
from core.errors import A3LignError
from core.weights.load import DEFAULT_WEIGHTS

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Convert one file; 0 if a folder was written, 2 if not."""
    arguments = _arguments().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if arguments.out.exists():
            raise A3LignError(f"{arguments.out} is there already; choose another folder")
        found = convert_dfer_clip(
            arguments.file, labels=arguments.classes, backbone_weights=arguments.backbone_weights
        )
        save_checkpoint(arguments.out, found.model, found.config, card=found.card.markdown)
    except (A3LignError, OSError) as error:
        logger.error("%s", error)
        return 2
    logger.info("wrote %s", arguments.out)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.convert", description=__doc__)
    parser.add_argument("file", type=Path, help="DFER-CLIP's .pth as its authors released it")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint, new")
    parser.add_argument(
        "--classes",
        type=lambda text: tuple(text.split(",")),
        metavar="A,B,…",
        help="class names in the file's order (default: the authors' seven or eleven)",
    )
    parser.add_argument(
        "--backbone-weights",
        default=DEFAULT_WEIGHTS,
        metavar="FILE",
        help="OpenAI's ViT-B/32 as a file or folder (default: the hub or its cache)",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
