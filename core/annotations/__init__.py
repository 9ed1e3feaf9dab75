"""Episodes as files for the programs in which people annotate behaviour."""

from core.annotations.formats import ENDINGS, Format, write_annotations

__all__ = ["ENDINGS", "Format", "write_annotations"]
