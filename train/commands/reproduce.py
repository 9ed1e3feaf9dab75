"""``train reproduce``: the paper's tables, from the lists of a dataset to rows beside its own."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError, TrainingError
from train.commands.options.clips import add_crops, add_cues, add_data, add_votes
from train.commands.options.features import add_backbone_details, add_reading, add_views
from train.commands.options.machine import add_device, add_log, add_memory
from train.commands.options.settings import METHODS, add_changes

if TYPE_CHECKING:
    from train.commands.tables.workplace import Workplace
    from train.tables.lines import Line
    from train.tables.pieces import Scope

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "--table",
        type=int,
        nargs="+",
        required=True,
        choices=range(1, 6),
        help="1 methods on the folds, 2 prompts, 3 sentences × tokens, 4 synchronizer and steps, "
        "5 order of the frames; what several share is trained once",
    )
    add_data(parser)
    add_crops(parser)
    parser.add_argument(
        "--backbone",
        nargs="+",
        default=["ViT-L-14"],
        help="one or several, as `extract` takes them: each line with each (default: ViT-L-14)",
    )
    add_backbone_details(parser)
    parser.add_argument(
        "--method",
        nargs="+",
        metavar="NAME[:SETTING=VALUE,…]",
        help=f"lines of tables 1, 2 and 5: {', '.join(METHODS)} (default: the paper's)",
    )
    parser.add_argument("--folds", nargs="+", help="folds (default: all that the data have)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="default: 0")
    parser.add_argument(
        "--protocol",
        nargs="+",
        choices=("honest", "paper"),
        default=["honest"],
        help="how the epoch is chosen, see `fit`; both make a line each (default: honest)",
    )
    parser.add_argument(
        "--preset",
        type=Path,
        nargs="+",
        default=[],
        help="JSON files of settings; each serves the method that it names (default: the method's)",
    )
    add_changes(
        parser,
        "change one setting of A3lign; those of others stand behind their names or in presets",
    )
    parser.add_argument("--sentences", type=int, nargs="+", default=[1, 4, 16], help="of table 3")
    parser.add_argument("--tokens", type=int, nargs="+", default=[4, 16, 64], help="of table 3")
    add_views(parser, default=1)
    add_reading(parser)
    add_memory(parser)
    add_cues(parser)
    add_votes(parser)
    add_device(parser)
    add_log(parser)
    parser.add_argument(
        "--processes",
        type=int,
        default=0,
        help="runs at a time (default: one for each GPU that --device leaves open, else one)",
    )
    parser.add_argument("--cache", type=Path, help="folder of features (default: OUT/features)")
    parser.add_argument("--out", type=Path, required=True, help="folder for tables and runs")


def run(arguments: argparse.Namespace) -> None:
    """Do what is not done yet, in as many processes as there are devices, and write the tables."""
    from core.device import all_devices
    from train.commands.tables.workplace import Workplace, helping_processes

    arguments.cache = arguments.cache or arguments.out / "features"
    devices = all_devices(arguments.device)
    count = arguments.processes or len(devices)
    devices = [devices[number % len(devices)] for number in range(count)]
    workplace = Workplace(arguments, devices[0])
    tables = {table: table_lines(arguments, table) for table in dict.fromkeys(arguments.table)}
    scope = workplace.scope()
    pieces = scope.all_pieces(line for lines in tables.values() for line in lines)
    workplace.extract(pieces)
    logger.info("%d trainings, %d at a time", len(pieces), count)
    with helping_processes(arguments, pieces, devices[1:]):
        failed = workplace.work_off(pieces)
    if failed:
        raise TrainingError(
            f"{len(failed)} of {len(pieces)} trainings failed, the others are kept: {failed[0]}"
        )
    for table, lines in tables.items():
        logger.info("%s", _write(workplace, table, lines, scope))


def table_lines(arguments: argparse.Namespace, table: int) -> list["Line"]:
    """The lines of a table with the settings that are asked for."""
    from train.commands.inputs.settings import split_method
    from train.paradigm.config import override
    from train.paradigm.presets import PRESETS, default_preset, open_preset
    from train.tables.lines import A3LIGN, METHODS, Grid, lines_of

    given = {config.method: config for config in map(open_preset, arguments.preset)}
    configs = {}
    for text in arguments.method or METHODS[table]:
        name, own = split_method(text)
        path = default_preset(name)
        if name == A3LIGN:
            # The paper's settings, as a preset for each of its datasets.
            path = PRESETS / f"{arguments.layout}.json"
        config = given.get(name) or open_preset(path if path and path.is_file() else None)
        changes = arguments.settings if name == A3LIGN else []
        configs[text] = override(config, [*changes, *own])
    if arguments.settings and A3LIGN not in {config.method for config in configs.values()}:
        raise ConfigError("--set changes A3lign; write NAME:SETTING=VALUE for other methods")
    return lines_of(table, configs, Grid(arguments.sentences, arguments.tokens))


def _write(workplace: "Workplace", table: int, lines: list["Line"], scope: "Scope") -> str:
    from train.runtime.run_folder import describe_environment, write_json
    from train.tables.lines import SUBJECTS
    from train.tables.summary import run_of, summarise
    from train.tables.writing import Heading, write_table

    summaries = [
        summarise(
            line,
            workplace.name_of(backbone),
            protocol,
            [
                run_of(line, *workplace.found(piece))
                for piece in scope.pieces(line, backbone, protocol)
            ],
        )
        for backbone in scope.backbones
        for protocol in scope.protocols
        for line in lines
    ]
    out = workplace.arguments.out
    write_json(out / "environment.json", describe_environment(str(workplace.device)))
    heading = Heading(table, SUBJECTS[table], workplace.dataset.name, workplace.about(scope))
    return write_table(out, heading, summaries)
