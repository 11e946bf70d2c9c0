"""The runner: what it counts, and that nothing outlives a test."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import procs  # noqa: E402


def load_runner():
    loader = importlib.machinery.SourceFileLoader(
        "runner", os.path.join(TOP, "regress", "run"))
    spec = importlib.util.spec_from_loader("runner", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


runner = load_runner()


class Counting(unittest.TestCase):
    CASES = (
        ("all well", "1..2\nok 1 - a\nok 2 - b\n", 0, (2, 0)),
        ("one bad", "1..2\nok 1 - a\nnot ok 2 - b\n", 1, (1, 1)),
        ("a skip is a failure", "1..1\nok 1 - a # SKIP no\n", 0, (0, 1)),
        ("a case did not run", "1..3\nok 1 - a\n", 0, (1, 2)),
        ("two groups", "1..1\nok 1 - a\n1..1\nok 1 - b\n", 0, (2, 0)),
        ("no TAP, status 0", "hello\n", 0, (1, 0)),
        ("no TAP, status 1", "hello\n", 1, (0, 1)),
    )

    def test_count(self):
        for name, text, status, want in self.CASES:
            with self.subTest(name):
                self.assertEqual(runner.count(text, status)[:2], want)


class Ending(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def script(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def test_death_after_success_is_a_failure(self):
        path = self.script("x.sh", "echo ok 1 - a\necho 1..1\nkill -9 $$\n")
        result = runner.execute(runner.Test("x", ["sh", path]))
        self.assertEqual(result[:2], (1, 1))

    def test_time_limit_ends_the_whole_tree(self):
        note = os.path.join(self.dir.name, "pid")
        path = self.script("x.sh", f"""
            (setsid sh -c 'echo $$ >{note}; exec sleep 300' &)
            sleep 300
        """)
        test = runner.Test("x", ["sh", path])
        test.timeout = 1.5
        start = time.monotonic()
        result = runner.execute(test)
        self.assertEqual(result[:2], (0, 1))
        self.assertLess(time.monotonic() - start, 10)
        with open(note) as f:
            pid = int(f.read())
        self.assertEqual(procs.wait_gone([pid], 5), [])

    def test_module_that_leaves_a_process_fails(self):
        path = self.script("x_test.py", """
import subprocess, unittest
class X(unittest.TestCase):
    def test_leave(self):
        subprocess.run(["sh", "-c", "setsid sleep 300 & echo $! >%s/pid"])
    def test_skip(self):
        self.skipTest("why")
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
""" % self.dir.name)
        out = subprocess.run(
            [sys.executable, os.path.join(TOP, "regress/lib/tap.py"), path],
            stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(out.returncode, 1)
        self.assertEqual(runner.count(out.stdout, 1)[:2], (1, 3), out.stdout)
        with open(os.path.join(self.dir.name, "pid")) as f:
            self.assertEqual(procs.wait_gone([int(f.read())], 5), [])


if __name__ == "__main__":
    unittest.main()
