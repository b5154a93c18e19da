# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a competitor is."""


class Declined(Exception):
    """The competitor has nothing for the case."""


class Peer:
    """Its module imports its library on top, and is imported only in a worker."""

    # By how much the memory of a process grew that was started to compile and run, if that is
    # not done in the worker: the arrays count, the library that it loads does not.
    other_process_mib = 0

    def __init__(self, threads):
        self.threads = threads

    def load(self, case, arrays, folder):
        """Takes query, key and value [B, H, rows, D] in its own form; not timed."""
        raise NotImplementedError

    def build(self, case):
        """From the pattern to something that `run` can call: what is compiled or made once
        for a pattern and its shapes (masks, too). The first `run` is counted with it."""
        raise NotImplementedError

    def run(self):
        """One attention, until it is done."""
        raise NotImplementedError

    def output(self):
        """The result of the last `run`: f32 [B, H, M, D]."""
        raise NotImplementedError

    def facts(self):
        """More for the answer to `prepare`."""
        return {}
