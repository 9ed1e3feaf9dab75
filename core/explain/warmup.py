"""Is UMAP ready? Its first use in a process compiles for many seconds; this does it beforehand."""

import logging
import threading

import numpy as np

from core.explain.projection import fit

logger = logging.getLogger(__name__)

# More points than neighbours, as in real maps; the values do not matter.
POINTS, WIDTH = 40, 8


class UmapWarmup:
    """Compiles UMAP in the background, once."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._failed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Whether UMAP answers without delay."""
        return self._ready.is_set()

    @property
    def failed(self) -> bool:
        """Whether UMAP cannot be used on this machine; the log says why."""
        return self._failed.is_set()

    def start(self) -> None:
        """Begin; further calls change nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="umap-warmup", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end; returns whether UMAP is ready."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.ready

    def _run(self) -> None:
        points = np.random.default_rng(0).normal(size=(POINTS, WIDTH)).astype(np.float32)
        try:
            fit(points, "umap", 2).place(points[:3])
        # A compiler that fails late must not take the app down: PCA remains.
        except Exception:
            logger.exception("UMAP cannot be used; maps are drawn with PCA")
            self._failed.set()
        else:
            self._ready.set()
