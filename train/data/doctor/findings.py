"""What the examination of a dataset found, and its text."""

from dataclasses import dataclass, field

from train.data.dataset import Dataset


@dataclass
class Examination:
    """What was found.

    Attributes:
        tables: Clips per class: fold name to part to counts in class order.
        frames: Frames of every readable clip.
        sizes: Width and height of the frames → number of clips.
        notes: Things to know.
        warnings: Things that differ from what is known or usual.
        problems: Clips that cannot be used, with the line that lists them.
        fingerprint: Hash to quote.
    """

    tables: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    frames: list[int] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    fingerprint: str = ""


def describe(dataset: Dataset, found: Examination) -> str:
    """A table of clips per fold, part and class, and everything that is worth knowing."""
    lines = [f"{dataset.name}: {len(dataset.records)} clips, detector {dataset.detector}", ""]
    width = max(map(len, dataset.class_names))
    for fold, parts in found.tables.items():
        used = {part: counts for part, counts in parts.items() if sum(counts)}
        lines.append(f"fold {fold:<{width}}" + "".join(f"{part:>12}" for part in used))
        for index, name in enumerate(dataset.class_names):
            lines.append(
                f"  {name:<{width + 3}}" + "".join(f"{c[index]:>12}" for c in used.values())
            )
        total = "".join(f"{sum(counts):>12}" for counts in used.values())
        lines += [f"  {'all':<{width + 3}}{total}", ""]
    if found.sizes:
        common = sorted(found.sizes.items(), key=lambda item: -item[1])[:5]
        lines.append("frame sizes: " + ", ".join(f"{size} ({n} clips)" for size, n in common))
    lines += [f"note: {note}" for note in found.notes]
    lines += [f"WARNING: {warning}" for warning in found.warnings]
    if not found.warnings and not found.problems:
        lines.append("nothing unusual found")
    lines.append(f"fingerprint: {found.fingerprint[:16]}")
    return "\n".join(lines) + "\n"
