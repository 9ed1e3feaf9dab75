"""What stands in each table: its lines, and the training behind each of them.

The cells of the paper's Tables 3 and 4 are not known to us, only that they take its tokens (MAT),
its synchronizer (JAS) and its paradigm (BAP) apart; what is varied here is our choice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import ConfigError
from core.model.registry import find_method
from train.ablation.run import STEPS
from train.ablation.variants import at_once, without_synchronizer
from train.paradigm.config import FitConfig

A3LIGN = "a3lign"
# What each table compares if nothing else is asked for.
METHODS = {
    1: (A3LIGN,),
    2: ("zero-shot", "coop", "cocoop", A3LIGN),
    3: (A3LIGN,),
    4: (A3LIGN,),
    5: (A3LIGN,),
}
SUBJECTS = {
    1: "methods on the official folds",
    2: "ways to prompt a frozen CLIP",
    3: "the dimensions of the sentences (MAT)",
    4: "the synchronizer and the order of the training (JAS, BAP)",
    5: "the order of the frames at the test",
}
ORDERS = {"": "in order", "shuffled": "shuffled", "reversed": "reversed"}
# Steps of the training in other orders than the paper's, and with one left out.
SEQUENCES = (("video", "text", "joint"), ("text", "joint"), ("video", "joint"))


@dataclass(frozen=True)
class Line:
    """One line of a table.

    Attributes:
        title: What it says in its first cell.
        config: How it is trained; seed and protocol are filled in for each run.
        key: What the published figure of it is found by; empty if there is none.
        step: What an earlier step of the training had reached, by its name in an ablation.
        order: Of the frames at the test, a key of ``ORDERS``.
    """

    title: str
    config: FitConfig
    key: str = ""
    step: str = ""
    order: str = ""


@dataclass(frozen=True)
class Grid:
    """Sizes that Table 3 combines.

    Attributes:
        sentences: Of each class.
        tokens: Of each sentence.
    """

    sentences: Sequence[int]
    tokens: Sequence[int]


def lines_of(table: int, configs: Mapping[str, FitConfig], grid: Grid) -> list[Line]:
    """The lines of a table.

    Args:
        table: 1 to 5.
        configs: How each method is trained, in the order of the lines, by what it is called.
        grid: For Table 3.

    Raises:
        ConfigError: Tables 3 and 4 without A3lign, or with settings that cannot be taken apart.
    """
    if table in {1, 2}:
        return [Line(_title(name, config), config, name) for name, config in configs.items()]
    if table == 5:
        return [
            Line(
                f"{_title(name, config)}, frames {said}",
                config,
                f"{name} {order}".strip(),
                "",
                order,
            )
            for name, config in configs.items()
            for order, said in ORDERS.items()
        ]
    if list(configs) != [A3LIGN]:
        raise ConfigError(f"Table {table} takes A3lign apart; leave --method out")
    return (_sizes if table == 3 else _steps)(configs[A3LIGN], grid)


def _title(name: str, config: FitConfig) -> str:
    title, (_, _, changes) = find_method(config.method).model.TITLE, name.partition(":")
    return f"{title} ({changes})" if changes else title


def _sizes(config: FitConfig, grid: Grid) -> list[Line]:
    lines = []
    for sentences in grid.sentences:
        for tokens in grid.tokens:
            sized = replace(config.tokens, sentences=sentences, tokens=tokens)
            title = f"{sentences} sentences of {tokens} tokens"
            lines.append(Line(title, replace(config, tokens=sized)))
    return lines


def _steps(config: FitConfig, _: Grid) -> list[Line]:
    whole = [Line("text, video, joint (all of it)", config, A3LIGN)]
    partly = [Line(f"the same {title}", config, step=title) for title in STEPS.values()]
    parts = [
        Line("without JAS: two encoders that never merge", without_synchronizer(config)),
        Line("without BAP: everything at once", at_once(config)),
    ]
    stages = {stage.phase: stage for stage in config.stages}
    orders = [
        Line(", ".join(phases), replace(config, stages=tuple(stages[phase] for phase in phases)))
        for phases in SEQUENCES
    ]
    return partly + whole + parts + orders
