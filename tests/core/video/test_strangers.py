"""What a stranger may send: names that are no names, lists of other files, sound, text."""

import errno
import os

import av
import pytest
from av.stream import Disposition

from core.errors import VideoError
from core.video import VideoLimits, open_video
from core.video.file_reader import FileReader, _refuse
from core.video.limits import Budget
from tests.core.films import number_of, shades, write_film


def read(path):
    with open_video(path) as video:
        return [number_of(frame) for frame in video]


@pytest.fixture
def film(tmp_path):
    """Somebody else's film, which nothing may hand out."""
    return write_film(tmp_path / "patient42.mp4", shades(6))


@pytest.mark.parametrize(
    "name",
    ["2024-05-01T12:30:11.mp4", "cut:1.mp4", "concat:y.mp4", "file:z.mp4", "%03d.mp4", "-i.mp4"],
)
def test_a_name_is_not_an_address(tmp_path, monkeypatch, film, name):
    film.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert read(name) == list(range(6))


def test_a_name_that_is_not_utf8_is_read(tmp_path, film):
    name = os.fsdecode(b"caf\xe9.mp4")
    film.rename(tmp_path / name)
    assert read(tmp_path / name) == list(range(6))


def test_notes_that_are_not_utf8_are_no_hindrance(tmp_path):
    path = write_film(tmp_path / "a.mkv", shades(3), muxing={})
    data = path.read_bytes()
    assert b"Lavf" in data
    path.write_bytes(data.replace(b"Lavf", b"L\xe9vf"))
    assert read(path) == [0, 1, 2]


LISTS = {
    "hls": "#EXTM3U\n#{bad}\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{film}\n#EXT-X-ENDLIST\n",
    "hls by address": "#EXTM3U\n#{bad}\n#EXTINF:10,\nfile://{film}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\n# {bad}\nfile {film}\n",
    "dash": "<?xml version='1.0'?><MPD {bad}><BaseURL>{film}</BaseURL></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96 {bad}\n{film}",
    "subtitles": "[Script Info]\n{bad}\n{film}",
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("ending", ["m3u8", "mp4"])
@pytest.mark.parametrize("bad", ["\udcff", "\0", ""])
def test_a_list_of_files_is_not_followed(tmp_path, film, kind, ending, bad):
    path = tmp_path / f"list.{ending}"
    text = LISTS[kind].format(film=film, bad=bad)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(VideoError, match=r"list\.\w+ (is a text file|cannot be read as a video)"):
        open_video(path)


def test_a_container_may_not_open_another_file(tmp_path, film):
    with pytest.raises(PermissionError):
        _refuse("file:///etc/passwd", 1, {})


def test_a_song_with_a_cover_is_no_film(tmp_path):
    path = tmp_path / "song.m4a"
    song = write_film(tmp_path / "film.mov", shades(1), "mjpeg", pixels="yuvj420p", sound_s=(0, 1))
    with av.open(str(song)) as source, av.open(str(path), "w", format="mp4") as target:
        copies = {one.index: target.add_stream_from_template(one) for one in source.streams}
        copies[source.streams.video[0].index].disposition = Disposition.attached_pic
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                target.mux(packet)
    with av.open(str(path)) as container:
        assert container.streams.video[0].disposition & Disposition.attached_pic
    with pytest.raises(VideoError, match=r"song.m4a cannot be read as a video.*holds sound only"):
        open_video(path)


def test_of_two_films_the_players_choice_is_read(tmp_path):
    path = tmp_path / "two.mkv"
    small = write_film(tmp_path / "small.mp4", shades(3, 32, 32), "libx264")
    large = write_film(tmp_path / "large.mp4", shades(5), "libx264")
    with av.open(str(small)) as one, av.open(str(large)) as other, av.open(str(path), "w") as both:
        pairs = [
            (source, both.add_stream_from_template(source.streams[0])) for source in (one, other)
        ]
        pairs[1][1].disposition = Disposition.default
        for source, copy in pairs:
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = copy
                    both.mux(packet)
    assert read(path) == [0, 1, 2, 3, 4]


def test_a_read_error_of_the_disk_is_a_sentence(tmp_path, monkeypatch, film):
    true = FileReader.read
    calls = []

    def fails(self, size):
        calls.append(size)
        if len(calls) > 1:
            self._file.close()
            self._file = Broken()
        return true(self, size)

    class Broken:
        def read(self, _):
            raise OSError(errno.EIO, "Input/output error")

        def seek(self, *_):
            return 0

        def tell(self):
            return 0

        def close(self):
            pass

    monkeypatch.setattr(FileReader, "read", fails)
    monkeypatch.setattr("core.video.file_reader.BUFFER_BYTES", 1024)
    with pytest.raises(VideoError, match=r"patient42.mp4 cannot be read \(Input/output error\)"):
        list(open_video(film))


def test_a_place_that_is_not_in_the_file_is_no_exception_that_ffmpeg_would_print(film):
    reader = FileReader(film, Budget("patient42.mp4", VideoLimits()))
    assert reader.seek(7) == 7
    assert reader.seek(-5) == -1
    assert reader.seek(1 << 70) == -1
    assert reader.tell() == 7
    reader.close()
