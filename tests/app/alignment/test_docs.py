import re

import pytest

from app.alignment import docs as alignment_docs
from app.export.pictures import NoRendererError


@pytest.fixture
def drawn_names(monkeypatch):
    """Names of the figures that would be drawn."""
    names = []
    monkeypatch.setattr(
        alignment_docs, "write_pictures", lambda figures, _: names.extend(f.name for f in figures)
    )
    return names


def test_every_figure_of_the_page_is_drawn_and_every_number_filled_in(
    tiny_checkpoint, tmp_path, drawn_names
):
    alignment_docs.write_page(str(tiny_checkpoint), tmp_path, "pca")
    page = (tmp_path / "alignment.md").read_text()
    assert "$" not in page
    linked = set(re.findall(r"\(alignment/([\w-]+)\.png\)", page))
    assert linked == {*drawn_names, "relevance"}
    assert len(drawn_names) == len(set(drawn_names))
    assert (tmp_path / "alignment" / "relevance.png").exists()
    assert {"map-before-text", "map-after-text", "compare", "influence"} <= linked


def test_without_a_renderer_nothing_is_claimed(tiny_checkpoint, tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise NoRendererError("no PNG files: nothing here can draw them")

    monkeypatch.setattr(alignment_docs, "write_page", refuse)
    assert alignment_docs.main(["--out", str(tmp_path)]) == 2
    assert "no PNG files" in caplog.text
