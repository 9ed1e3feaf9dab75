import numpy as np
import pytest

from core.video import open_video
from core.video.deinterlace import Deinterlacer
from tests.core.films import number_of, scenes, shades, write_film

INTERLACED = {"flags": "+ildct+ilme", "b": "4000000"}
GREEN = (32, 192, 64)


def read(path):
    with open_video(path) as video:
        return video, list(video)


def green(count, width=96, height=64):
    return [np.full((height, width, 3), GREEN, np.uint8)] * count


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mpg", "mpeg2video", INTERLACED),
        ("a.mp4", "libx264", {"x264-params": "tff=1:interlaced=1", "preset": "ultrafast"}),
        ("a.mkv", "mpeg2video", INTERLACED),
    ],
)
def test_an_interlaced_film_has_its_own_colours(tmp_path, name, codec, options):
    write_film(tmp_path / "before.mp4", [np.full((64, 96, 3), 250, np.uint8)] * 5)
    read(tmp_path / "before.mp4")  # whose memory must not show
    path = write_film(tmp_path / name, green(8), codec, fps=25, options=options)
    video, frames = read(path)
    assert (len(frames), video.damaged_frames) == (8, 0)
    for frame in frames:
        assert np.abs(frame.image.reshape(-1, 3).astype(int) - GREEN).max() <= 6
    assert np.diff([frame.time_s for frame in frames]) == pytest.approx([0.04] * 7)


def test_interlaced_frames_stay_in_order_at_their_times(tmp_path):
    path = write_film(tmp_path / "a.mpg", shades(20), "mpeg2video", fps=25, options=INTERLACED)
    _, frames = read(path)
    assert [number_of(frame) for frame in frames] == list(range(20))


def test_two_half_pictures_become_one_without_a_comb(tmp_path):
    # Each field shows the square at another place.
    fields = scenes(40)
    woven = [even.copy() for even in fields[::2]]
    for image, odd in zip(woven, fields[1::2], strict=True):
        image[1::2] = odd[1::2]
    path = write_film(tmp_path / "a.mpg", woven, "mpeg2video", fps=25, options=INTERLACED)
    _, frames = read(path)

    def comb(image):
        rows = image[20:44].astype(float)
        return np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean()

    assert comb(frames[10].image) < 0.75 * comb(woven[10])


def test_progressive_films_pass_the_deinterlacer_untouched(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("a filter for a film without half pictures")

    monkeypatch.setattr("core.video.deinterlace._Filter", refuse)
    _, frames = read(write_film(tmp_path / "a.mp4", shades(5)))
    assert len(frames) == 5


@pytest.mark.parametrize("size", [(2, 2), (16, 2), (34, 18)])
def test_small_interlaced_films_are_read(tmp_path, size):
    width, height = size
    images = green(4, width, height)
    path = write_film(tmp_path / "a.mpg", images, "mpeg2video", fps=25, options=INTERLACED)
    _, frames = read(path)
    assert len(frames) == 4
    assert np.abs(frames[0].image.mean((0, 1)) - GREEN).max() < 12


def test_what_the_filter_holds_comes_out_when_the_size_changes(tmp_path):
    import av

    wide = write_film(tmp_path / "a.mpg", green(3), "mpeg2video", fps=25, options=INTERLACED)
    tall = write_film(
        tmp_path / "b.mpg", green(3, 64, 96), "mpeg2video", fps=25, options=INTERLACED
    )
    out = []
    deinterlacer = None
    for path in (wide, tall):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            deinterlacer = deinterlacer or Deinterlacer(stream.time_base)
            for frame in container.decode(stream):
                out += deinterlacer.push(frame)
    out += deinterlacer.flush()
    assert [(frame.width, frame.height) for frame in out] == [(96, 64)] * 3 + [(64, 96)] * 3
