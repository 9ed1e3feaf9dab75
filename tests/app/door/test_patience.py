import asyncio
import socket

import pytest
import uvicorn

from app.door.patience import PatientProtocol
from tests.app.door.conftest import small_app

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Hasty(PatientProtocol):
    head_within_s = 0.2


def talk(*parts, every_s=0.0):
    """Send parts over one connection; returns what came back until it was closed."""

    async def run():
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            quiet = {"log_level": "error", "lifespan": "off"}
            config = uvicorn.Config(small_app(), http=Hasty, timeout_keep_alive=1, **quiet)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listener]))
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            try:
                for part in parts:
                    if not reader.at_eof():
                        writer.write(part)
                    await asyncio.sleep(every_s)
                return await asyncio.wait_for(reader.read(), 5)
            except ConnectionError:
                return b""
            finally:
                writer.close()
                server.should_exit = True
                await serving

    return asyncio.run(run())


@pytest.mark.parametrize(
    "parts", [[], [GET[:9]], [GET[:-2]], [bytes([byte]) for byte in GET[:30]]], ids=len
)
def test_a_half_sent_head_ends_the_connection(parts):
    assert talk(*parts, every_s=0.05 if len(parts) > 9 else 0) == b""


def test_so_does_the_second_one():
    answer = talk(GET + GET[:9])
    assert answer.count(b"HTTP/1.1 200") == 1


def test_whole_requests_are_served_however_long_they_take_after_one_another():
    last = GET[:-2] + b"Connection: close\r\n\r\n"
    assert talk(GET, GET, last, every_s=0.15).count(b"HTTP/1.1 200") == 3
