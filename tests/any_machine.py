"""Run the tests that train with other arithmetic, threads and seeds: python -m tests.any_machine.

A training in a test must come out right on every processor. What differs between processors is
how numbers are rounded, and kernels for lesser ones can be asked for: each setting is a process of
its own, as libraries read these variables once.
"""

import argparse
import itertools
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Kernels of torch, its matrix products and its convolutions.
ARITHMETIC = {
    "default": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
    },
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    },
}
THREADS = (1, 2, 4)
SEEDS = range(5)


@dataclass(frozen=True)
class Setting:
    """One way to run the tests."""

    arithmetic: str
    threads: int
    seed: int

    def environment(self) -> dict[str, str]:
        """The variables of the process, ours among them (see ``tests.machine``)."""
        ours = {
            "A3LIGN_TEST_SEED": str(self.seed),
            "A3LIGN_TEST_THREADS": str(self.threads),
            "OMP_NUM_THREADS": str(self.threads),
            # More threads than cores: whoever waits must leave the core to the others.
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        return {**os.environ, **ARITHMETIC[self.arithmetic], **ours}


EVERYTHING = [Setting(*each) for each in itertools.product(ARITHMETIC, THREADS, SEEDS)]
# As far from the usual run as two settings get.
FEW = [Setting("default", 2, 1), Setting("avx2", 4, 2)]


def run(setting: Setting) -> bool:
    """Run the tests and print a line of the table, and what failed."""
    command = [sys.executable, "-m", "pytest", "-m", "trains", "tests/train"]
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=setting.environment(), capture_output=True, text=True, check=False
    )
    spent_s = time.monotonic() - started
    verdict = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr
    about = f"{setting.arithmetic:<12}{setting.threads:>7}{setting.seed:>6}"
    print(f"{about}{spent_s:>7.0f} s  {verdict}", flush=True)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0


def main() -> int:
    """Print a table, one line per setting; status 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.any_machine", description=__doc__)
    parser.add_argument("--few", action="store_true", help="two settings instead of all thirty")
    settings = FEW if parser.parse_args().few else EVERYTHING
    print(f"{'arithmetic':<12}{'threads':>7}{'seed':>6}{'time':>9}")
    passed = [run(setting) for setting in settings]
    print(f"{sum(passed)} of {len(passed)} settings passed")
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main())
