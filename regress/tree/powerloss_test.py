"""The model of a power loss, on a program whose calls are known."""

import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import powerloss  # noqa: E402

SCRIPT = r"""
import os, sys
sys.stdin.readline()
d = os.open(".", os.O_RDONLY)
seg = os.open("seg", os.O_RDWR)
os.pwrite(seg, b"one", 0)                       # 1
os.fdatasync(seg)                               # 2
os.pwritev(seg, [b"tw", b"o"], 3)               # 3
new = os.open("l1.new", os.O_WRONLY | os.O_CREAT)       # 4
os.write(new, b"text")                          # 5
os.write(new, b"more")                          # 6
os.fsync(new)                                   # 7
os.rename("l1.new", "l1")                       # 8
os.fsync(d)                                     # 9
os.unlink("old")                                # 10
os.fsync(d)                                     # 11
"""


class Model(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        spool = os.path.join(cls.dir.name, "spool")
        os.mkdir(spool)
        for name, text in (("seg", b"------"), ("old", b"old")):
            with open(os.path.join(spool, name), "wb") as f:
                f.write(text)
        with subprocess.Popen([sys.executable, "-S", "-c", SCRIPT], cwd=spool,
                              stdin=subprocess.PIPE) as p:
            cls.rec = powerloss.Recorder([p.pid], spool)
            p.stdin.write(b"go\n")
            p.stdin.close()
            p.wait(20)
        cls.rec.stop()

    @classmethod
    def tearDownClass(cls):
        cls.rec.close()
        cls.dir.cleanup()

    def found(self, k, way):
        with tempfile.TemporaryDirectory() as target:
            self.rec.rebuild(k, way, target)
            found = {}
            for name in os.listdir(target):
                with open(os.path.join(target, name), "rb") as f:
                    found[name] = f.read()
            return found

    def test_every_call_is_recorded(self):
        self.assertEqual(len(self.rec.ops), 11, self.rec.ops)
        self.assertEqual(self.rec.cuts(), list(range(12)))
        self.assertEqual(len(self.rec.cuts(5)), 5)
        self.assertLessEqual(self.rec.time(0), self.rec.time(11))

    def test_states(self):
        start = {"seg": b"------", "old": b"old"}
        one = dict(start, seg=b"one---")
        two = dict(start, seg=b"onetwo")
        cases = (
            (0, "lost", start), (0, "kept", start),
            (1, "lost", start), (1, "kept", one), (1, "names", start),
            (2, "lost", one),
            (3, "lost", one), (3, "kept", two),
            (6, "lost", one), (6, "names", dict(one, **{"l1.new": bytes(8)})),
            (6, "kept", dict(two, **{"l1.new": b"textmore"})),
            (7, "lost", one), (7, "names", dict(one, **{
                "l1.new": b"textmore"})),
            (8, "lost", one), (8, "kept", dict(two, l1=b"textmore")),
            (9, "lost", dict(one, l1=b"textmore")),
            (10, "lost", dict(one, l1=b"textmore")),
            (10, "kept", {"seg": b"onetwo", "l1": b"textmore"}),
            (11, "lost", {"seg": b"one---", "l1": b"textmore"}),
        )
        for k, way, want in cases:
            with self.subTest(k=k, way=way):
                self.assertEqual(self.found(k, way), want)

    def test_mixed_is_between(self):
        for k in self.rec.cuts():
            seg = self.found(k, "mixed")["seg"]
            self.assertIn(seg, (b"------", b"one---", b"onetwo"))


if __name__ == "__main__":
    unittest.main()
