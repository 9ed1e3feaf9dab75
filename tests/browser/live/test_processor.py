import subprocess
import sys

import pytest

from tests.browser.live.processor import processor_seconds

WORK = "import time\nwhile time.process_time() < 0.1: pass\nprint(flush=True)\ninput()"
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', {WORK!r}])"


@pytest.mark.parametrize("program", [WORK, PARENT], ids=["itself", "what it started"])
def test_work_counts_as_the_servers(program):
    command = [sys.executable, "-S", "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        spent = processor_seconds({process.pid: "server"})
        unknown = processor_seconds({})
        process.stdin.close()
    assert spent["server"] >= 0.08
    assert not unknown
