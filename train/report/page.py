"""Put elements on a page."""

from collections.abc import Sequence
from pathlib import Path
from string import Template
from xml.etree.ElementTree import Element, tostring

from train.runtime.disk import replacing

TEMPLATE = Path(__file__).with_name("page.html")


def paragraph(text: str, tag: str = "p") -> Element:
    """A paragraph, heading (``h1`` …) or preformatted text (``pre``)."""
    element = Element(tag)
    element.text = text
    return element


def write_page(path: Path, title: str, elements: Sequence[Element]) -> None:
    """Write one HTML file that needs nothing beside itself."""
    parts = [paragraph(title, "h1"), *elements]
    # method="html" writes no self-closing tags, which browsers would not understand.
    body = "\n".join(tostring(part, encoding="unicode", method="html") for part in parts)
    title_element = tostring(paragraph(title), encoding="unicode")[3:-4]
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(title=title_element, body=body)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
