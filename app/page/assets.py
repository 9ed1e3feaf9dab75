"""Where the page's own files lie: what a browser loads, and what an exported file carries along."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "app"


def read_asset(name: str) -> str:
    """Return the text of a file below ``assets/app``."""
    return (ASSETS / name).read_text(encoding="utf-8")
