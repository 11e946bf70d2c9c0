"""The cookbook of selor.rules(5): each recipe is taken out of the page,
written to disk with paths of this test, and its effect seen from outside."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns  # noqa: E402
import manual  # noqa: E402
import procs  # noqa: E402
import sink  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW, Suite  # noqa: E402

TIMEOUT = 300
USER = "user@example.com"
USERS = {a + "@example.com": {}
         for a in ("user", "boss", "archive", "info")}
# The page's network, as loopback has it.
LAN = ("192.168.0.", "127.7.0.")


def cook(name, changes=(), **more):
    """A suite with that recipe, not yet started."""
    s = Suite(users=USERS, **more)
    folder = s.path("rules")
    s.mkdir("rules")
    if os.getuid() == 0:
        os.chmod(folder, 0o755)
    blocks = manual.recipe(name)
    if not blocks:
        raise AssertionError(f"the page has no recipe {name}")
    for b in blocks:
        text = b.text.replace("/usr/local/selor/rules", folder)
        for old, new in changes:
            text = text.replace(old, new)
        if b.kind == "conf":
            s.options += text.splitlines()
        elif b.file.startswith("~"):
            address, rest = b.file[1:].split("/", 1)
            s.write("home.rules", text, b.mode)
            path = os.path.join(s.home(address), rest)
            os.rename(s.path("home.rules"), path)
            if os.getuid() == 0:
                os.chown(path, s.mail_uid(address), -1)
        else:
            s.write("rules/" + os.path.basename(b.file), text, b.mode)
    s.write_conf()
    return s


def rcpt(s, to=USER, sender="a@example.net", source=None):
    """The reply to RCPT, or to what was refused before."""
    with smtp.Client(s.port, source=source) as c:
        if c.greeting.code != 220:
            return c.greeting
        c.ehlo()
        reply = c.cmd(f"MAIL FROM:<{sender}>")
        return c.cmd(f"RCPT TO:<{to}>") if reply.code == 250 else reply


def message(s, to=USER, sender="a@example.net", **more):
    """The reply to a whole message."""
    with smtp.Client(s.port) as c:
        c.ehlo()
        c.expect(250, f"MAIL FROM:<{sender}>")
        for address in [to] if isinstance(to, str) else to:
            c.expect(250, f"RCPT TO:<{address}>")
        c.expect(354, "DATA")
        c.send(smtp.dot_stuff(smtp.make_message(**more)))
        return c.reply(60)


class Cookbook(unittest.TestCase):
    def names(self, *records):
        """A name server that knows these records."""
        folder = tempfile.TemporaryDirectory(prefix="selor.dns.")
        self.addCleanup(folder.cleanup)
        d = dns.Dns(folder.name)
        d.set(*records)
        d.start()
        self.addCleanup(d.stop)
        return d

    def first(self, s, address=USER):
        """The first message of a user, lines ended by LF."""
        return s.maildir(address).wait(1)[0].replace(b"\r\n", b"\n")

    def test_lan(self):
        with cook("lan", [LAN]) as s:
            for source, code in (("127.7.0.1", 250), ("127.7.0.66", 550),
                                 ("127.0.0.1", 550)):
                with self.subTest(source):
                    self.assertEqual(
                        rcpt(s, "x@example.org", source=source), code)

    def test_points(self):
        d = self.names(
            "2.0.0.127.in-addr.arpa PTR good.example.net.",
            "good.example.net A 127.0.0.2",
            "3.0.0.127.in-addr.arpa PTR three.example.net.",
            "three.example.net A 127.0.0.3",
            "3.0.0.127.zen.spamhaus.org A 127.0.0.4",
            '3.0.0.127.zen.spamhaus.org TXT "listed once"',
            "4.0.0.127.zen.spamhaus.org A 127.0.0.4",
            '4.0.0.127.zen.spamhaus.org TXT "listed twice"',
            "4.0.0.127.bl.spamcop.net A 127.0.0.2",
            'strict.example.net TXT "v=spf1 -all"')
        with cook("points", dns=d) as s:
            self.assertEqual(rcpt(s, source="127.0.0.2"), 250)
            self.assertEqual(rcpt(s, source="127.0.0.3"), 250)
            # On a list, and SPF forbids it: 4 points.
            reply = rcpt(s, sender="a@strict.example.net",
                         source="127.0.0.3")
            self.assertEqual((reply.code, reply.text), (
                550, "5.7.1 4 points against 127.0.0.3: listed once"))
            # Two lists, no name: 5.
            reply = rcpt(s, source="127.0.0.4")
            self.assertEqual((reply.code, reply.text), (
                550, "5.7.1 5 points against 127.0.0.4: listed twice"))
            # A point alone is told to the reader.
            self.assertEqual(message(s), 250)
            self.assertIn(b"X-Points: 1\n", self.first(s))

    def test_greylist(self):
        with self.greylist_dir() as folder, \
                cook("greylist", [("/var/spool/greylist", folder),
                                  ("wait=300", "wait=2")]) as s:
            reply = rcpt(s)
            self.assertEqual((reply.code, reply.text), (
                451, "4.7.1 Come again in five minutes"))
            self.assertEqual(rcpt(s), 451)
            procs.wait_for(lambda: rcpt(s).code == 250, 20 * SLOW,
                           "the stranger is let pass")
            # Another sender is another stranger.
            self.assertEqual(rcpt(s, sender="b@example.net"), 451)

    def greylist_dir(self):
        """Where whoever runs the program may write."""
        t = tempfile.TemporaryDirectory(prefix="selor.grey.")
        os.chmod(t.name, 0o777)
        return t

    def test_users(self):
        with cook("users") as s:
            reply = rcpt(s, sender="x@competitor.example.net")
            self.assertEqual((reply.code, reply.text),
                             (550, "5.7.1 Not to example.com"))
            reply = rcpt(s, sender="nuisance@example.net")
            self.assertEqual((reply.code, reply.text),
                             (550, f"5.7.1 {USER} does not read this"))
            # The rules of one user are nobody else's.
            self.assertEqual(
                rcpt(s, "boss@example.com", "nuisance@example.net"), 250)

    def test_archive(self):
        with cook("archive") as s:
            self.assertEqual(
                message(s, "info@example.com", "user@example.com"), 250)
            s.maildir("info@example.com").wait(1)
            s.maildir("archive@example.com").wait(1)
            self.assertEqual(message(s, "boss@example.com"), 250)
            s.maildir("archive@example.com").wait(2)
            self.assertEqual(message(s, "user@example.com"), 250)
            s.maildir("user@example.com").wait(1)
            self.assertEqual(
                s.maildir("archive@example.com").count(), 2)

    def test_friends(self):
        with cook("friends", [("192.0.2.25", "127.0.0.25")]) as s:
            self.assertEqual(rcpt(s, sender="info@lottery.example.net"), 250)
            reply = rcpt(s, sender="win@lottery.example.net")
            self.assertEqual((reply.code, reply.text),
                             (550, "5.7.1 No more of that"))
            s.wait_log(rf"rule={s.path('rules/from')}:3 ", name="refused")
            self.assertEqual(rcpt(s, sender="win@lottery.example.net",
                                  source="127.0.0.25"), 250)
            self.assertEqual(rcpt(s, sender="aunt@example.net"), 250)
            # A line more holds from the next event on.
            s.write("rules/unwanted", "aunt\nuncle\n")
            self.assertEqual(rcpt(s, sender="uncle@example.net"), 550)
            self.assertEqual(rcpt(s, sender="aunt@example.net"), 250)

    def test_scan(self):
        with cook("scan") as s:
            self.assertEqual(message(s), 250)
            reply = message(s, subject="You won the lottery")
            self.assertEqual((reply.code, reply.text), (
                550, "5.7.1 Refused: this is a lottery"))
            os.unlink(s.path("rules/scan"))
            self.assertEqual(message(s), 451)
            self.assertEqual(len(s.maildir(USER).wait(1)), 1)

    def test_smarthost(self):
        def login(_, line):
            # "\0user\0secret"
            good = line.strip().endswith(b"AHVzZXIAc2VjcmV0")
            return b"235 2.7.0 ok\r\n" if good else b"535 5.7.8 no\r\n"

        d = self.names("smtp.example.net A 127.0.0.1")
        with sink.Sink(replies={
                "EHLO": b"250-sink.test\r\n250 AUTH PLAIN\r\n",
                "AUTH": login}) as provider, \
                cook("smarthost", [("587", str(provider.port))],
                     dns=d) as s:
            with open(s.path("rules/rcpt")) as f:
                text = f.read()
            s.write("rules/rcpt", 'Ip? "127.0.0.1" Relay!\n' + text, 0o600)
            self.assertEqual(message(s, "x@example.org"), 250)
            got, = provider.wait(1)
            self.assertEqual(got.rcpts[0].split()[0], b"<x@example.org>")
            self.assertTrue([c for c in provider.commands
                             if c.startswith(b"AUTH PLAIN")])
            # What is local stays so.
            self.assertEqual(message(s), 250)
            s.maildir(USER).wait(1)
            self.assertEqual(len(provider.messages), 1)

    def test_limits(self):
        with cook("limits", [LAN]) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@example.net>")
                for a in ("user", "boss", "info"):
                    c.expect(250, f"RCPT TO:<{a}@example.com>")
                reply = c.cmd("RCPT TO:<archive@example.com>")
                self.assertEqual((reply.code, reply.text), (
                    452, "4.5.3 Three at a time"))
            with smtp.Client(s.port, source="127.7.0.9") as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@example.net>")
                for a in ("user", "boss", "info", "archive"):
                    c.expect(250, f"RCPT TO:<{a}@example.com>")

    def test_away(self):
        with cook("away") as s:
            self.assertEqual(
                message(s, "info@example.com", "user@example.com"), 250)
            text = self.first(s)
            self.assertIn(b"Subject: We have your message\n", text)
            self.assertIn(b"Return-Path: <>\n", text)
            s.maildir("info@example.com").wait(1)
            # No report is answered, nor what goes elsewhere.
            self.assertEqual(message(s, "info@example.com", ""), 250)
            self.assertEqual(
                message(s, "boss@example.com", "user@example.com"), 250)
            s.maildir("boss@example.com").wait(1)
            s.maildir("info@example.com").wait(2)
            self.assertEqual(s.maildir(USER).count(), 1)


if __name__ == "__main__":
    unittest.main()
