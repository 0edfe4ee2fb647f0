"""Routecast's core: from request logs and evidence to projections. It knows nothing of the user interface."""

import os

# The matrices here are small: on several threads each product mostly waits for the others, and takes the processor from
# whoever else is clicking (planning prompts on the demo, two busy cores: 2.7 s of processor time, on one thread 0.5 s).
# Read when numpy is imported; a value of your own wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
