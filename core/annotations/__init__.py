"""Episodes and own marks as files for the programs in which people annotate behaviour."""

from core.annotations.formats import ENDINGS, Format, write_annotations
from core.annotations.marks import Mark, read_marks

__all__ = ["ENDINGS", "Format", "Mark", "read_marks", "write_annotations"]
