import subprocess
import sys
from pathlib import Path

import pytest

# Threads that each keep a list of many small pieces; places of their own are separate mappings.
PROGRAM = """
import ctypes, sys, threading
sys.path.insert(0, sys.argv[1])
from app.page.allocator import share_memory
assert not int(sys.argv[2]) or share_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier, places = threading.Barrier(4), []
def take():
    barrier.wait()
    for _ in range(50):
        places.append(libc.malloc(100) >> 26)
    barrier.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(set(places)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is glibc there")
def test_threads_take_their_memory_from_one_place():
    def places(shared):
        root = str(Path(__file__).parents[3])
        command = [sys.executable, "-c", PROGRAM, root, str(int(shared))]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    assert places(shared=True) == 1
    assert places(shared=False) > 1
