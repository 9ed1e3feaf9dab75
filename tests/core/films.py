"""Films made on the spot with PyAV, whose frames tell their number."""

from fractions import Fraction

import av
import numpy as np

MILLISECOND = Fraction(1, 1000)


def shades(count, width=64, height=48):
    """Grey images that get brighter, so that each frame tells its number."""
    return [np.full((height, width, 3), 10 + 4 * number, np.uint8) for number in range(count)]


def scenes(count, width=96, height=64):
    """A textured square that wanders: something that frames can be predicted from."""
    texture = np.random.default_rng(0).integers(0, 255, (24, 24, 3), np.uint8)
    images = []
    for number in range(count):
        image = np.full((height, width, 3), 60, np.uint8)
        x = 2 + number * 2 % (width - 30)
        image[20:44, x : x + 24] = texture
        images.append(image)
    return images


def number_of(frame):
    """Which of the ``shades`` a frame is."""
    return round((float(frame.image.mean()) - 10) / 4)


def write_film(
    path,
    images,
    codec="mpeg4",
    *,
    container=None,
    times_s=None,
    fps=10,
    pixels="yuv420p",
    options=None,
    muxing=None,
    sound_s=None,
):
    """Write RGB images as a film.

    Args:
        path: Where to; its ending chooses the container unless ``container`` names one.
        images: ``(h, w, 3)`` uint8.
        codec: FFmpeg's name of the encoder.
        container: FFmpeg's name of the container.
        times_s: When each frame is shown; evenly from 0 by default.
        fps: Frames per second.
        pixels: FFmpeg's name of the pixel format.
        options: Of the encoder.
        muxing: Of the container.
        sound_s: From when to when there is a tone.
    """
    is_uneven = times_s is not None and codec not in ("mpeg2video", "mpeg4")
    times_s = [number / fps for number in range(len(images))] if times_s is None else times_s
    height, width = images[0].shape[:2]
    with av.open(str(path), "w", format=container, options=muxing or {}) as output:
        film = output.add_stream(codec, rate=fps, options={"b": "4000000"} | (options or {}))
        film.width, film.height, film.pix_fmt = width, height, pixels
        # Broadcast codecs and old containers know frame rates only.
        film.codec_context.time_base = MILLISECOND if is_uneven else Fraction(1, fps)
        packets = []
        tone = output.add_stream("aac", rate=48_000, layout="mono") if sound_s else None
        for image, time_s in zip(images, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base = film.codec_context.time_base
            frame.pts = round(time_s / frame.time_base)
            packets += film.encode(frame)
        packets += film.encode(None)
        if tone:
            packets += _tone(tone, *sound_s)
        for packet in sorted(packets, key=lambda one: one.dts * one.time_base):
            output.mux(packet)
    return path


def _tone(stream, start_s, end_s):
    size = 1024
    packets = []
    wave = (np.sin(np.arange(size) * 0.1)[None] * 0.1).astype(np.float32)
    for position in range(0, round((end_s - start_s) * 48_000), size):
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        frame.time_base = Fraction(1, 48_000)
        frame.pts = round(start_s * 48_000) + position
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def zeroed(data, start, end):
    """Bytes with a part of them set to zero; places are shares of the whole."""
    first, last = round(start * len(data)), round(end * len(data))
    return data[:first] + bytes(last - first) + data[last:]
