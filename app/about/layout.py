"""The About tab: what is loaded, how good it is, what it is not for, and what is kept."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.about.confusion import confusion_table, score_rows
from app.models.shelf import ModelShelf
from app.page.assets import read_asset
from app.page.files import module, start_script
from app.page.links import code_address
from app.visit.sessions import SessionStore
from app.visit.visitor import Reception

if TYPE_CHECKING:
    from core.predictor import Predictor

RESULTS = Path(__file__).resolve().parents[2] / "assets" / "docs" / "results.md"
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])")
# Whatever pictures the rule before left (brackets in brackets): without the mark they are links.
PICTURE_MARK = re.compile(r"!+(?=\[)")
# A diary of experiments is for those who read the repository.
DIARY = re.compile(
    r"^(#+) (?:What was tried|How it was made|What each part is worth|How step 3 takes over)"
    r"[^\n]*\n.*?(?=^\1 |\Z)",
    re.DOTALL | re.MULTILINE,
)
TAG = re.compile(r"<[^>]*>")
# Gradio draws such blocks, and a drawing can name pictures.
DRAWING = re.compile(r"(`{3,}|~{3,}).*mermaid.*", re.IGNORECASE)
DETECTORS = {
    "scrfd": "SCRFD (insightface)",
    "yunet": "YuNet (OpenCV Zoo)",
    "haar": "Haar cascade (OpenCV)",
    "center": "none: the middle of the picture is taken for a face",
}


class AboutDesk:
    """The tab's callback; a method, because Gradio recognises the request by its annotation.

    Args:
        shelf: The models.
        store: The visitors.
    """

    def __init__(self, shelf: ModelShelf, store: SessionStore) -> None:
        self._shelf, self._store = shelf, store

    def refresh(self, request: gr.Request) -> tuple[gr.HTML, str]:
        """Tell of the model that the visitor has chosen meanwhile."""
        session = self._store.get(str(request.session_hash))
        predictor = self._shelf.chosen(session).predictor
        about: Any = describe(predictor)
        return gr.HTML(about=about), card_text(predictor.card.markdown)


def render(shelf: ModelShelf, store: SessionStore) -> None:
    """Lay out the tab; call inside Blocks."""
    predictor = shelf.own.predictor
    page = gr.HTML(
        html_template=read_asset("about/about.html"),
        js_on_load=start_script("about/wire.js", "erase", "refresh"),
        apply_default_css=False,
        elem_id="about",
        about=describe(predictor),
    )
    with gr.Column(elem_id="about-card", elem_classes="a3-card"):
        card = gr.Markdown(card_text(predictor.card.markdown))
    with gr.Column(elem_id="about-results", elem_classes="a3-card"):
        gr.Markdown(without_diary(RESULTS.read_text(encoding="utf-8")))
    page.refresh(
        AboutDesk(shelf, store).refresh,
        outputs=[page, card],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    start_over = f"() => {module('shared/visitor.js')}.then(({{ erased }}) => erased())"
    # Not through the queue: the page starts over at once and would cut its event stream off.
    page.erase(
        Reception(store).erase, queue=False, show_progress="hidden", api_visibility="private"
    ).then(None, js=start_over, queue=False)


def describe(predictor: "Predictor") -> dict[str, Any]:
    """Return what ``about/about.html`` fills in; JSON-like."""
    metrics = predictor.card.metrics
    detector = predictor.detector
    facts = {
        "Classes": ", ".join(predictor.labels),
        "Runs on": {"cpu": "the processor", "cuda": "the graphics card"}.get(
            predictor.device, predictor.device
        ),
        "Face detector": DETECTORS.get(detector.name, detector.name),
        "Detector's licence": detector.licence,
    }
    return {
        "name": predictor.checkpoint_name,
        "is_demo": predictor.card.is_demo,
        "facts": [{"name": name, "text": text} for name, text in facts.items()],
        "scores": score_rows(metrics),
        "chance": f"{1 / len(predictor.labels):.0%}",
        "confusion": confusion_table(metrics, predictor.labels),
        "code": code_address(),
    }


def without_diary(markdown: str) -> str:
    """Return a document without its chapters of experiments."""
    return DIARY.sub("", markdown)


def card_text(markdown: str) -> str:
    """Return a model card without its diary, and what a page takes from no stranger's checkpoint.

    Front matter is for machines; pictures would make the visitor's browser call other hosts.
    """
    text = without_diary(FRONT_MATTER.sub("", markdown.replace("\r\n", "\n")))
    # Tags first, and until none is left: taking one away may complete another, or a picture.
    while (bare := TAG.sub("", text)) != text:
        text = bare
    text = PICTURE_MARK.sub("", PICTURE.sub("", DRAWING.sub(r"\1", text))).strip()
    return text or "This checkpoint carries no card."
