"""A frame's time is when a browser's player shows it."""

import base64

import pytest

from core.video import open_video
from tests.core.films import shades, write_film

pytestmark = pytest.mark.browser

# Seeks to moments and returns the timestamps of the frames that are then on screen.
SHOWN = """
async ([data, kind, moments]) => {
  const film = document.createElement("video");
  film.muted = true;
  film.src = `data:${kind};base64,${data}`;
  document.body.append(film);
  await new Promise((done, failed) => { film.onloadeddata = done; film.onerror = failed; });
  const shown = [];
  for (const moment of moments) {
    const frame = new Promise((done) => film.requestVideoFrameCallback((_, it) => done(it)));
    film.currentTime = moment;
    shown.push((await frame).mediaTime);
  }
  return [shown, film.duration];
}
"""


@pytest.mark.parametrize(
    ("name", "codec", "start_s", "sound_s"),
    [
        ("a.mp4", "libx264", 0.0, None),
        ("late.mp4", "libx264", 1.0, (0.0, 2.6)),
        ("offset.mp4", "libx264", 5.0, (5.0, 6.6)),
        ("offset.webm", "libvpx", 5.0, None),
    ],
)
def test_player_and_reader_have_one_clock(chromium, tmp_path, name, codec, start_s, sound_s):
    path = write_film(
        tmp_path / name,
        shades(16),
        codec,
        times_s=[start_s + number / 10 for number in range(16)],
        sound_s=sound_s,
    )
    with open_video(path) as video:
        times_s = [frame.time_s for frame in video][2:14:3]
    page = chromium.new_page()
    data = base64.b64encode(path.read_bytes()).decode()
    # The first call may still tell of the frame that opening the film showed.
    moments = [time_s + 0.03 for time_s in (times_s[-1], *times_s)]
    shown, end_s = page.evaluate(SHOWN, [data, f"video/{path.suffix[1:]}", moments])
    page.close()
    assert shown[1:] == pytest.approx(times_s, abs=2e-3)
    assert video.duration_s == pytest.approx(end_s, abs=0.11)
