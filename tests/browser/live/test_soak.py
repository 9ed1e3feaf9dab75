"""Ten minutes of live camera: ``pytest -m soak --log-cli-level=INFO``."""

import logging

import pytest

from tests.browser.live.steps import live, watch_memory

__all__ = ["live"]
pytestmark = pytest.mark.soak


def test_memory_does_not_grow_over_ten_minutes(live):
    heap_mb, nodes, listeners = watch_memory(live, 600)
    logging.info("heap %+.2f MB, nodes %+d, listeners %+d", heap_mb, nodes, listeners)
    assert heap_mb < 10
    assert nodes < 100
    assert listeners < 20
