"""A line to a server that is far away: what goes through comes later, in order, none is lost."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

PIECE = 65536


@contextlib.contextmanager
def slow_line(port: int, round_trip_s: float) -> Iterator[int]:
    """Pass connections on to a local port, each way half a round trip late; gives the new port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(port, round_trip_s / 2), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(port: int, late_s: float) -> asyncio.Server:
    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(asyncio.CancelledError):  # the line ends before the connection
            await asyncio.gather(
                _carry(reader, far_writer, late_s), _carry(far_reader, writer, late_s)
            )

    return await asyncio.start_server(connect, "127.0.0.1", 0)


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late_s: float) -> None:
    """Bytes keep coming in while earlier ones wait: only the delay is added, no limit of rate."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due_s, piece = await waiting.get()
            await asyncio.sleep(max(due_s - loop.time(), 0.0))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
        writer.close()

    delivery = asyncio.ensure_future(deliver())
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            waiting.put_nowait((loop.time() + late_s, piece))
    waiting.put_nowait((loop.time() + late_s, b""))
    with contextlib.suppress(ConnectionError):
        await delivery
