"""Calls that fail: a full disk, a broken one, no more descriptors.

    with Faults() as faults, Suite(env=faults.env) as suite:
        faults.set("queued-sync", "fdatasync", errno.EIO)
        ...
        assert faults.hits(0)

The rules reach into running, caged processes; see faults.c, which knows
these calls: write send pwrite read pread fsync fdatasync syncfs ftruncate
fallocate open rename link unlink mkdir.  The program is the name of its
file in libexec.  getloadavg does not fail: the system's load is then what
stands in the place of the error.

For a disk that is really full see small_disk(), and for a process without
descriptors limit_fds(): they need no rule.
"""

import contextlib
import errno
import mmap
import os
import struct
import tempfile

import procs

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
LIBRARY = os.path.join(TOP, os.environ.get("BUILD") or "build",
                       "tools/faults.so")
RULES, ROW = 16, struct.Struct("24s24s24s6I")
CRASH = 0               # in place of an error: the process aborts
ALWAYS = 0x7fffffff


class Faults:
    def __init__(self):
        fd, self.path = tempfile.mkstemp(prefix="faults.")
        os.ftruncate(fd, RULES * ROW.size)
        # Daemons with users of their own map it too.
        os.fchmod(fd, 0o666)
        self.page = mmap.mmap(fd, RULES * ROW.size)
        os.close(fd)
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.env = {"LD_PRELOAD": LIBRARY, "SELOR_FAULTS": self.path,
                    "ASAN_OPTIONS": (asan + ":" if asan else "")
                    + "abort_on_error=1:detect_leaks=0"
                      ":verify_asan_link_order=0"}
        self.used = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.close()
        os.unlink(self.path)

    def set(self, program, call, error=errno.EIO, after=0, times=ALWAYS,
            text=""):
        """From now on: let so many calls pass, then fail so many.  With a
        text only writes that hold it count.  Returns the number of the
        rule."""
        n = self.used
        if n == RULES:
            raise ValueError("no more rules")
        self.used += 1
        ROW.pack_into(self.page, n * ROW.size, program.encode(),
                      call.encode(), text.encode(), after, times, error,
                      0, 0, 0)
        struct.pack_into("I", self.page, (n + 1) * ROW.size - 4, 1)
        return n

    def row(self, n):
        return ROW.unpack_from(self.page, n * ROW.size)

    def seen(self, n):
        return self.row(n)[6]

    def hits(self, n):
        """How often the rule made a call fail."""
        return self.row(n)[7]

    def clear(self):
        """All goes well again."""
        for n in range(self.used):
            struct.pack_into("I", self.page, (n + 1) * ROW.size - 4, 0)


@contextlib.contextmanager
def small_disk(path, kib):
    """A file system of so many KiB on a directory.  Wants root."""
    st = os.stat(path)
    procs.run(["mount", "-t", "tmpfs", "-o",
               f"size={kib}k,mode=755,uid={st.st_uid},gid={st.st_gid}",
               "tmpfs", path])
    try:
        yield path
    finally:
        procs.run(["umount", "-l", path])


def set_fds(pid, soft):
    """The number below which new descriptors of a process must lie."""
    st = os.stat(f"/proc/{pid}")
    # As its own user: root has not everywhere the right to do it to others.
    procs.run(["setpriv", f"--reuid={st.st_uid}", f"--regid={st.st_gid}",
               "--clear-groups", "prlimit", f"--pid={pid}",
               f"--nofile={soft}:"])


def limit_fds(pid, more):
    """Leave a process only so many descriptors beside those it has.
    Returns the old limit, for set_fds()."""
    numbers = [int(n) for n in os.listdir(f"/proc/{pid}/fd")]
    old, _ = fd_limits(pid)
    # The limit is on the number of a new descriptor: the lowest free ones.
    free, n = 0, 0
    while free < more:
        free += n not in numbers
        n += 1
    set_fds(pid, n)
    return old


def fd_limits(pid):
    """The soft and the hard limit, as numbers."""
    with open(f"/proc/{pid}/limits") as f:
        for line in f:
            if line.startswith("Max open files"):
                return tuple(int(w) for w in line.split()[3:5])
    raise ValueError(pid)
