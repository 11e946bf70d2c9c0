"""The harness for the suite, tried on a stand-in: what a Suite promises to
find (a process left behind, a bad exit, a sanitizer's report, a descriptor
that leaks) it does find."""

import os
import stat
import sys
import tempfile
import unittest
from unittest import mock

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import procs  # noqa: E402
import suite  # noqa: E402

STANDIN = r"""#!{python}
import ctypes, os, re, signal, socket, sys, time
conf = open(sys.argv[sys.argv.index("-c") + 1]).read()
host, port = re.search(r'Listen "(.*):(\d+)"', conf).groups()
mode = re.search(r"Server_name (\S+)", conf.splitlines()[-1]).group(1)
def child(name):
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if mode == "left":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.setsid()
        kept = []
        signal.signal(signal.SIGUSR2, lambda *_: kept.append(os.dup(0)))
        while True:
            time.sleep(100)
    return pid
kids = dict((child(n), n) for n in ("smtpd", "queued"))
s = socket.create_server((host, int(port)))
print("selor is up", file=sys.stderr, flush=True)
def term(*_):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in list(kids):
        os.kill(pid, signal.SIGTERM)
    if mode == "stuck":
        return
    os._exit(3 if mode == "status" else 0)
def dead(*_):
    pid = os.waitpid(-1, 0)[0]
    name = kids.pop(pid)
    kids[child(name)] = name
def hup(*_):
    print("configuration 2 in force", file=sys.stderr, flush=True)
signal.signal(signal.SIGTERM, term)
signal.signal(signal.SIGCHLD, dead)
signal.signal(signal.SIGHUP, hup)
if mode == "report":
    print("==1==ERROR: AddressSanitizer: bad", file=sys.stderr, flush=True)
while True:
    time.sleep(100)
"""


class Harness(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        os.chmod(self.dir.name, 0o755)
        for part in ("sbin", "libexec"):
            os.mkdir(os.path.join(self.dir.name, part))
        path = os.path.join(self.dir.name, "sbin/selor")
        with open(path, "w") as f:
            f.write(STANDIN.replace("{python}", "/usr/bin/env python3"))
        os.chmod(path, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
        patch = mock.patch.object(suite, "BUILD", self.dir.name)
        patch.start()
        self.addCleanup(patch.stop)

    def standin(self, mode):
        return suite.Suite(options=[f"Server_name {mode}"])

    def fails(self, mode, pattern):
        s = self.standin(mode)
        root = s.root
        try:
            s.start()
            pids = s.pids()
            with self.assertRaisesRegex(AssertionError, pattern):
                s.stop(timeout=1)
            self.assertEqual(procs.wait_gone(pids, 5), [])
        finally:
            s.destroy()
        self.assertFalse(os.path.exists(root))

    def test_good_life(self):
        with self.standin("good") as s:
            procs.wait_for(lambda: s.find("smtpd") and s.find("queued"))
            self.assertEqual(len(s.pids()), 3)
            self.assertTrue(s.reload())
            old = s.kill9("queued")
            self.assertNotEqual(s.wait_restarted("queued", old), old)
            pids = s.pids()
            s.kill_all()
            self.assertEqual(procs.wait_gone(pids, 0), [])
            s.start()
            s.restart()

    def test_process_left_behind(self):
        self.fails("left", "left running")

    def test_bad_status(self):
        self.fails("status", "ended with 3")

    def test_no_end(self):
        self.fails("stuck", "did not end")

    def test_sanitizer_report(self):
        self.fails("report", "sanitizer")

    def test_descriptor_leak(self):
        with self.standin("good") as s:
            procs.wait_for(lambda: s.find("smtpd"))
            before = s.fd_counts()
            s.assert_no_fd_leak(before, timeout=0)
            os.kill(s.pid("smtpd"), 12)
            with self.assertRaisesRegex(AssertionError, "leak"):
                procs.wait_for(lambda: s.fd_counts() != before)
                s.assert_no_fd_leak(before, timeout=0.2)


if __name__ == "__main__":
    unittest.main()
