"""Ten minutes of live camera: ``pytest -m soak --log-cli-level=INFO``."""

import logging

import pytest

from tests.browser.live.steps import live, watch_memory

__all__ = ["live"]
pytestmark = pytest.mark.soak


def test_memory_does_not_grow_over_ten_minutes(live):
    # The 30 s that are kept must be full first.
    waits = (lambda: live.wait_for_timeout(34_000), lambda: live.wait_for_timeout(600_000))
    heap_mb, nodes, listeners = watch_memory(live, *waits)
    logging.info("heap %+.2f MB, nodes %+d, listeners %+d", heap_mb, nodes, listeners)
    assert heap_mb < 10
    assert nodes < 100
    assert listeners < 20
