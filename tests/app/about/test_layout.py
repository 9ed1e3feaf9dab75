import types

import gradio as gr
import pytest

from app.about.layout import card_text, describe, render
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore


@pytest.fixture
def predictor():
    card = types.SimpleNamespace(
        markdown="# Card",
        metrics={"test": {"war": 0.6, "uar": 0.5, "confusion": [[3, 1], [0, 4]]}},
        is_demo=False,
    )
    return types.SimpleNamespace(
        labels=("happiness", "neutral"),
        checkpoint_name="small",
        device="cpu",
        detector=types.SimpleNamespace(name="haar", licence="BSD"),
        card=card,
    )


def test_the_loaded_checkpoint_is_described(predictor):
    about = describe(predictor)
    assert about["name"] == "small"
    assert about["is_demo"] is False
    assert about["chance"] == "50%"
    texts = {fact["name"]: fact["text"] for fact in about["facts"]}
    assert texts["Classes"] == "happiness, neutral"
    assert texts["Detector's licence"] == "BSD"
    assert "Haar" in texts["Face detector"]
    assert about["scores"][0]["war"] == "60.0%"
    assert about["confusion"]["columns"] == ["happiness", "neutral"]


def test_a_checkpoint_without_figures_is_described_too(predictor):
    predictor.card.metrics = {}
    about = describe(predictor)
    assert about["scores"] == []
    assert about["confusion"] is None


def test_the_diary_of_experiments_stays_in_the_repository():
    card = "# Title\n\n## What was tried\n\nMuch.\n\n### More\n\n## Use\n\nSo.\n"
    assert card_text(card) == "# Title\n\n## Use\n\nSo."
    assert card_text("# Title\n\n## How it was made\n\nThus.\n\n## Use\n") == "# Title\n\n## Use"
    assert card_text("# Title\n\n## What was tried\n\nMuch.") == "# Title"


def test_a_card_keeps_its_text_and_loses_what_calls_other_hosts():
    card = (
        "---\nlicense: mit\n---\n# Title\n\n![map](https://example.com/a.png)\n"
        "![badge][badge] Text <b>bold</b> <img src='https://example.com/b.png'>\n\n- item\n"
    )
    text = card_text(card)
    assert text.startswith("# Title")
    assert "Text bold" in text
    assert "- item" in text
    for gone in ("license", "example.com", "<", "!["):
        assert gone not in text


@pytest.mark.parametrize(
    "card",
    [
        "![p[3]](http://host/track.png)",
        "![a ![b](http://host/b.png) c](http://host/track.png)",
        "!<b></b>[x](http://host/track.png)",
        "!![x][y]\n\n[y]: http://host/track.png",
        "<<b></b>img src=http://host/track.png>",
        "<im<b>g src=http://host/track.png>",
    ],
)
def test_no_form_of_picture_is_left(card):
    text = card_text(f"Before\n\n{card}")
    assert "![" not in text
    assert "<" not in text


def test_a_drawing_becomes_plain_code():
    card = "Text\n\n~~~ Mermaid\nflowchart TD\n  A@{ img: 'http://host/track.png' }\n~~~\n"
    assert "mermaid" not in card_text(card).lower()
    assert card_text(card).count("~~~") == 2


def test_windows_line_ends_do_not_hide_the_front_matter():
    assert card_text("---\r\nlicense: mit\r\n---\r\nText") == "Text"


def test_a_rule_inside_a_card_is_no_front_matter():
    assert card_text("Text\n\n---\n\nMore") == "Text\n\n---\n\nMore"


@pytest.mark.parametrize("card", ["", "   ", "---\na: b\n---\n"])
def test_no_card_is_said(card):
    assert card_text(card) == "This checkpoint carries no card."


def test_the_tab_builds_and_keeps_its_event_private(predictor, tmp_path):
    with gr.Blocks(analytics_enabled=False) as blocks:
        render(ModelShelf(predictor), SessionStore(tmp_path))
    config = blocks.get_config_file()
    assert all(event["api_visibility"] == "private" for event in config["dependencies"])
    texts = [str(part["props"].get("value")) for part in config["components"]]
    results = next(text for text in texts if "How the methods compare" in text)
    # What others published and what was measured here stand apart.
    assert results.index("Published, not run here") < results.index("Measured here")
    headings = [line for line in results.splitlines() if line.startswith("#")]
    assert len(headings) == 3  # and no diary of experiments
    page = next(part for part in config["components"] if part["props"].get("elem_id") == "about")
    assert page["props"]["props"]["about"]["name"] == "small"
    assert "Art. 5(1)(f)" in page["props"]["html_template"]
    assert "Art. 50(3)" in " ".join(page["props"]["html_template"].split())
