"""A memory cgroup, such as a container has. Standard library only; needs root.

  cgroup.py MIB COMMAND...   runs COMMAND with that much memory; its exit code, or 3 when no memory cgroup can be made
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

UNAVAILABLE = 3


class Cgroup:
    """A memory cgroup of version 1 or 2, gone after close()."""

    def __init__(self, mib):
        v1, v2 = pathlib.Path("/sys/fs/cgroup/memory"), pathlib.Path("/sys/fs/cgroup")
        name = f"redirect-balancer-{os.getpid()}"
        try:
            if v1.is_dir():
                self.path = v1 / name
                limits = {"memory.limit_in_bytes": mib << 20}
            elif "memory" in (v2 / "cgroup.controllers").read_text().split():
                (v2 / "cgroup.subtree_control").write_text("+memory")
                self.path = v2 / name
                limits = {"memory.max": mib << 20, "memory.swap.max": 0}
            else:
                raise OSError("no memory controller in /sys/fs/cgroup")
            self.path.mkdir()
            for file, value in limits.items():
                if (self.path / file).exists():  # a kernel without swap has no limit for it
                    (self.path / file).write_text(str(value))
        except OSError as e:
            print(f"skipped: no memory cgroup can be made here: {e}", file=sys.stderr)
            sys.exit(UNAVAILABLE)

    def enter(self):
        """Moves the process that calls this, and with it all that it starts."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def peak_mib(self):
        """The most that was in use, cached files included; None where the kernel does not count it."""
        for file in ("memory.max_usage_in_bytes", "memory.peak"):
            if (self.path / file).exists():
                return int((self.path / file).read_text()) >> 20
        return None

    def close(self):
        for _ in range(100):
            try:
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.05)  # its processes are ending


def main(arguments):
    if len(arguments) < 2 or not arguments[0].isdigit():
        sys.exit(__doc__)
    cgroup = Cgroup(int(arguments[0]))
    try:
        command = subprocess.Popen(arguments[1:], preexec_fn=cgroup.enter)
        signal.signal(signal.SIGTERM, lambda number, place: command.terminate())
        status = command.wait()
        print(f"peak {cgroup.peak_mib()} of {arguments[0]} MiB", file=sys.stderr)
        sys.exit(status if status >= 0 else 128 - status)
    finally:
        cgroup.close()


if __name__ == "__main__":
    main(sys.argv[1:])
