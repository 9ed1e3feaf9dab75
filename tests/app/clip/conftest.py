"""Where visitors of the Clip tab keep their clips."""

import pytest

from app.visit.sessions import SessionStore


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    folder = tmp_path / "uploads"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def store(uploads):
    return SessionStore(uploads)
