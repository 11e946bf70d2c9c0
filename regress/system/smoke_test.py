"""The first thing to look at: a message in, a message out, as root with all
cages and as somebody else; and make run does what it says."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns  # noqa: E402
import peers  # noqa: E402
import ports  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from sink import Sink  # noqa: E402
from suite import BUILD, Suite, TOP  # noqa: E402

DAEMONS = ("selor", "smtpd", "queued", "deliverd", "lookupd", "lookupd-file",
           "keys", "ruled", "queued-sync")


class Smoke(unittest.TestCase):
    def deliver(self, suite):
        message = smtp.make_message("one", size=5000)
        reply = smtp.send_message(suite.port, "a@client.test",
                                  "user@example.test", message)
        self.assertEqual(reply.code, 250)
        raw = suite.maildir().wait(1)[0]
        self.assertTrue(raw.startswith(b"Return-Path: <a@client.test>\n"))
        self.assertTrue(raw.replace(b"\n", b"\r\n").endswith(message))
        with smtp.Client(suite.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(550, "RCPT TO:<nobody@example.test>")
            c.expect(550, "RCPT TO:<far@far.test>")

    def test_local_delivery_as_root(self):
        with Suite() as s:
            for name in DAEMONS:
                s.pid(name)
            self.deliver(s)
            # Each daemon has its own user and an empty root directory.
            for name in ("smtpd", "queued", "deliverd", "lookupd"):
                st = os.stat(f"/proc/{s.pid(name)}")
                self.assertNotEqual(st.st_uid, 0, name)
                self.assertNotEqual(
                    os.readlink(f"/proc/{s.pid(name)}/root"), "/", name)

    def test_local_delivery_as_somebody(self):
        with Suite(unprivileged=True) as s:
            self.deliver(s)
            self.assertIn("not started by root", s.stderr())

    def test_relay_by_mx(self):
        with Sink() as sink, dns.Dns(scratch(self)) as server:
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.1")
            options = [f"Mx_port {sink.port}", 'Relay_from "127.0.0.0/8"']
            with Suite(options=options, dns=server) as s:
                reply = smtp.send_message(s.port, "a@client.test",
                                          "b@far.test",
                                          smtp.make_message("two"))
                self.assertEqual(reply.code, 250)
                message = sink.wait(1)[0]
                self.assertTrue(message.sender.startswith(b"<a@client.test>"))
                self.assertIn(b"X-Regress-Id: two\r\n", message.data)

    def test_relay_to_postfix(self):
        with peers.Postfix(domains=("far.test",)) as far, \
                dns.Dns(scratch(self)) as server:
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.1")
            options = [f"Mx_port {far.port}", 'Relay_from "127.0.0.0/8"']
            with Suite(options=options, dns=server) as s:
                smtp.send_message(s.port, "a@client.test", "user@far.test",
                                  smtp.make_message("three"))
                far.maildir("user").wait(1)
                self.assertEqual(far.maildir("user").ids(), ["three"])


class MakeRun(unittest.TestCase):
    def test_make_run(self):
        # A copy, so that a suite that somebody runs here is left alone.
        top = tempfile.mkdtemp(prefix="run.")
        self.addCleanup(shutil.rmtree, top)
        os.chmod(top, 0o755)
        shutil.copytree(os.path.join(TOP, "etc"), os.path.join(top, "etc"))
        os.mkdir(os.path.join(top, "common"))
        shutil.copy(os.path.join(TOP, "common/process.def"),
                    os.path.join(top, "common"))
        for part in ("sbin", "libexec"):
            shutil.copytree(os.path.join(BUILD, part),
                            os.path.join(top, "build", part), symlinks=True)
        self.run_once(top)
        if os.getuid() != 0:
            return
        # Tried as somebody first and as root then: what lies there is no
        # hindrance.  The other way it is, and the message says so.
        nobody = pwd.getpwnam("nobody").pw_uid
        for folder, names, files in os.walk(os.path.join(top, "run")):
            for name in names + files:
                os.lchown(os.path.join(folder, name), nobody, -1)
        self.run_once(top)
        r = subprocess.run(
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
             os.path.join(top, "etc/run")], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=20, check=False)
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertIn("made by another user", r.stderr)

    def run_once(self, top):
        port = ports.free()
        p = procs.Process([os.path.join(top, "etc/run")],
                          os.path.join(top, f"output.{port}"),
                          env=dict(os.environ, PORT=str(port)))
        folder = os.path.join(top, "run/mail/alice/Maildir/new")
        there = len(os.listdir(folder)) if os.path.isdir(folder) else 0
        try:
            procs.wait_port("127.0.0.1", port, 20, p)
            said = p.log()
            self.assertIn(f"listens on 127.0.0.1:{port}", said)
            # The line that it tells people to paste is run as it stands.
            line = re.search(r"^  (\(cd .*\))$", said, re.M | re.S).group(1)
            subprocess.run(["sh", "-c", line], check=True, timeout=20)
            procs.wait_for(lambda: os.path.isdir(folder)
                           and len(os.listdir(folder)) > there, 20,
                           "mail for alice")
        finally:
            status = p.stop()
        self.assertEqual(status, 0, p.log())


def scratch(test):
    """A directory that goes away with the test."""
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return folder.name


if __name__ == "__main__":
    unittest.main()
