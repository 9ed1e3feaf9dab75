import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.page.departure import close_server

ROOT = Path(__file__).resolve().parents[3]
# Work that nobody can interrupt, in a thread that Python would wait for.
BUSY = """
import threading
from app.page.departure import leave, listen_for_the_end
threading.Thread(target=threading.Event().wait).start()
asked = listen_for_the_end()
print("busy", flush=True)
asked.wait()
print("asked")
leave(3)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_leaves_in_the_midst_of_work(number):
    command = [sys.executable, "-c", BUSY]
    busy = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert busy.stdout.readline() == "busy\n"
        busy.send_signal(number)
        printed, _ = busy.communicate(timeout=60)
    finally:
        busy.kill()
    assert (printed, busy.returncode) == ("asked\n", 3)


def test_a_server_with_open_connections_is_not_waited_for():
    release = threading.Event()
    thread = threading.Thread(target=release.wait, daemon=True)
    thread.start()
    server = SimpleNamespace(should_exit=False, force_exit=False, thread=thread)
    close_server(server)
    assert server.should_exit
    assert server.force_exit
    assert thread.is_alive()
    release.set()
    thread.join()
