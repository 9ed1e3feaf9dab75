"""What ``python -m tests.any_machine`` varies beside the arithmetic: a seed, and threads."""

import os

SEED = int(os.environ.get("A3LIGN_TEST_SEED", "0"))
THREADS = int(os.environ.get("A3LIGN_TEST_THREADS", "1"))
