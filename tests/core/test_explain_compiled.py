import shutil
import sys

import numpy as np
import pytest

from core.explain import compiled, projection
from core.explain.projection import lay_out

COMPILING = """
from numba import njit

@njit(cache=True)
def twice(number):
    return 2 * number

class UMAP:
    answer = twice
"""


@pytest.fixture
def nowhere_to_write(monkeypatch, tmp_path):
    """A package ``umap`` that compiles when imported, and no folder that numba would choose."""
    import numba
    from numba.core import caching

    def refuse(self):
        raise OSError("read-only")

    for locator in ("InTreeCacheLocator", "UserWideCacheLocator"):
        monkeypatch.setattr(getattr(caching, locator), "ensure_cache_path", refuse)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    for name in [name for name in sys.modules if name.partition(".")[0] in compiled.COMPILING]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "umap").mkdir()
    (tmp_path / "umap" / "__init__.py").write_text(COMPILING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    compiled.umap_class.cache_clear()
    monkeypatch.setattr(compiled.tempfile, "tempdir", str(tmp_path))
    yield
    sys.modules.pop("umap", None)  # monkeypatch would put the stand-in back
    compiled.umap_class.cache_clear()


@pytest.mark.usefixtures("nowhere_to_write")
def test_where_nothing_can_be_written_umap_compiles_in_a_folder_of_the_process(
    monkeypatch, tmp_path
):
    at_the_end = []
    monkeypatch.setattr(compiled.atexit, "register", lambda *call, **_: at_the_end.append(call))
    umap = compiled.umap_class()
    assert umap.answer(21) == 42
    (folder,) = tmp_path.glob("a3lign-numba-*")
    assert list(folder.rglob("*.nbi"))
    assert at_the_end == [(shutil.rmtree, str(folder))]


@pytest.mark.usefixtures("nowhere_to_write")
def test_without_any_folder_maps_are_drawn_with_pca(monkeypatch, caplog):
    def full(*_, **__):
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(compiled.tempfile, "mkdtemp", full)
    text = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
    layout = lay_out(text, text[:3], mode="joint", technique="umap")
    assert layout.technique == "pca"
    assert layout.video.shape == (3, 2)
    assert "drawn with PCA" in caplog.text
    with pytest.raises(projection.ConfigError, match="choose pca"):
        projection.fit(text, "umap", 2)
