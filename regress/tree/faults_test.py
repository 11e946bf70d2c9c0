"""faults.so and its friends fail what they are told to, and nothing else."""

import errno
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import faults  # noqa: E402

SCRIPT = r"""
import errno, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
for i in range(6):
    try:
        os.fdatasync(fd)
        print("ok")
    except OSError as e:
        print(errno.errorcode[e.errno])
print(os.pwrite(fd, b"x", 0))
"""


class Rules(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.python = os.path.realpath(sys.executable)

    def run_script(self, f):
        out = subprocess.run(
            [self.python, "-S", "-c", SCRIPT,
             os.path.join(self.dir.name, "x")],
            env=dict(os.environ, **f.env), text=True, check=True,
            stdout=subprocess.PIPE)
        return out.stdout.split()

    def test_some_calls_of_one_program(self):
        with faults.Faults() as f:
            other = f.set("queued", "fdatasync")
            mine = f.set(os.path.basename(self.python), "fdatasync",
                         errno.ENOSPC, after=2, times=3)
            self.assertEqual(self.run_script(f),
                             ["ok", "ok"] + ["ENOSPC"] * 3 + ["ok", "1"])
            self.assertEqual((f.seen(mine), f.hits(mine)), (6, 3))
            self.assertEqual(f.hits(other), 0)
            f.clear()
            self.assertEqual(self.run_script(f), ["ok"] * 6 + ["1"])

    def test_small_disk(self):
        with faults.small_disk(self.dir.name, 64) as path, \
                self.assertRaises(OSError) as caught:
            with open(os.path.join(path, "x"), "wb") as out:
                out.write(b"x" * 100000)
        self.assertEqual(caught.exception.errno, errno.ENOSPC)

    def test_limit_of_descriptors(self):
        code = ("import os,sys\nsys.stdin.read(1)\nn=0\n"
                "try:\n while 1: os.dup(0); n+=1\n"
                "except OSError as e: print(n, e.errno)")
        with subprocess.Popen([self.python, "-S", "-c", code],
                              stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE) as p:
            # It has started once it holds its pipes.
            faults.limit_fds(p.pid, 2)
            out = p.communicate("x")[0]
        self.assertEqual(out.split()[1], str(errno.EMFILE))


if __name__ == "__main__":
    unittest.main()
