import logging

import gradio as gr
import pytest

from app.visit.boundary import UNEXPECTED, sentence_for, shows_errors
from core.errors import NoFaceError, VideoError


def test_a_known_error_is_shown_as_its_own_sentence():
    assert sentence_for(VideoError("there is no clip; choose one")) == (
        "There is no clip; choose one."
    )


@pytest.mark.parametrize("name", ["a.mp4", "my clip.mp4", "notes", "été 1.mov"])
def test_a_file_keeps_its_name_where_a_sentence_begins_with_it(name):
    error = VideoError(f"{name} is empty; choose another file")
    assert sentence_for(error, name) == f"{name} is empty; choose another file."


def test_an_unknown_error_is_logged_and_not_shown(caplog):
    with caplog.at_level(logging.ERROR):
        assert sentence_for(RuntimeError("secret path /home/x")) == UNEXPECTED
    assert "secret path" in caplog.text


def test_a_callback_raises_what_gradio_shows():
    @shows_errors
    def callback():
        raise NoFaceError("no face was found in a.mp4")

    with pytest.raises(gr.Error, match=r"No face was found in a\.mp4\."):
        callback()


def test_gradios_own_errors_pass():
    @shows_errors
    def callback():
        raise gr.Error("as it is")

    with pytest.raises(gr.Error, match="as it is"):
        callback()


def test_gradio_still_sees_the_annotations():
    @shows_errors
    def callback(request: gr.Request) -> str:
        return "fine"

    assert callback.__annotations__["request"] is gr.Request
