"""Receiving through the whole suite: real clients, real DNS, real accounts,
what arrives in the Maildir.  What every reply and option does, state by
state, is tested closer to the program in regress/unit/smtpd_*_test.c."""

import os
import random
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns  # noqa: E402
import peers  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW, Suite, rounds  # noqa: E402

USER = "user@example.test"


def scratch(test):
    path = tempfile.mkdtemp(prefix="selor-dns.")
    os.chmod(path, 0o755)
    test.addCleanup(shutil.rmtree, path, True)
    return path


def to_data(c, sender="a@client.test", rcpt=USER, params=""):
    c.expect(250, f"MAIL FROM:<{sender}>{params}")
    c.expect(250, f"RCPT TO:<{rcpt}>")
    c.expect(354, "DATA")


def text_of(raw):
    """The body as it was sent: behind the header, with CRLF."""
    return raw.split(b"\n\n", 1)[1].replace(b"\n", b"\r\n")


class Clients(unittest.TestCase):
    """Programs that people use."""

    def test_real_clients(self):
        with Suite() as s:
            box = s.maildir()
            path = s.write("message", "Subject: from a file\n\nhello\n")
            procs.run(["swaks", "--server", f"127.0.0.1:{s.port}",
                       "--to", USER, "--from", "a@client.test", "--pipeline"])
            box.wait(1)
            procs.run(["sh", "-c", f"msmtp --host=127.0.0.1 --port={s.port}"
                       f" --from=a@client.test {USER} < {path}"])
            box.wait(2)
            procs.run(["curl", "-sS", f"smtp://127.0.0.1:{s.port}",
                       "--mail-from", "a@client.test", "--mail-rcpt", USER,
                       "--upload-file", path])
            box.wait(3)
            peers.smtp_source(s.port, USER, sessions=10, messages=100,
                              size=4096)
            box.wait(103)
            self.assertEqual(s.maildir().leftovers(), [])

    def test_pipelined_transactions(self):
        with Suite() as s, smtp.Client(s.port) as c:
            c.ehlo()
            one = (b"MAIL FROM:<a@client.test>\r\nRCPT TO:<" + USER.encode()
                   + b">\r\nBDAT 10 LAST\r\nA: b\r\n\r\nx\n")
            c.send(one * 50 + b"QUIT\r\n")
            for _ in range(50):
                self.assertEqual([c.reply().code for _ in range(3)],
                                 [250, 250, 250])
            self.assertEqual(c.reply().code, 221)
            self.assertEqual(c.closed(), b"")
            self.assertEqual(len(s.maildir().wait(50)), 50)


class Content(unittest.TestCase):
    def test_large_message_arrives_as_sent(self):
        rng = random.Random(7)
        lines = [bytes(rng.choice(b"abc.\x80\xff 9") for _ in
                       range(rng.randrange(0, 200))) for _ in range(200)]
        body = b"\r\n".join(lines * 200) + b"\r\n"
        with Suite(options=["Max_mail_size 20000000"]) as s:
            message = smtp.make_message("large") + body
            self.assertGreater(len(message), 3000000)
            before = s.fd_counts()
            reply = smtp.send_message(s.port, "a@client.test", USER, message,
                                      params=" BODY=8BITMIME")
            self.assertEqual(reply.code, 250)
            raw = s.maildir().wait(1)[0]
            self.assertTrue(
                raw.replace(b"\n", b"\r\n").endswith(message[-len(body):]))
            # Inside the limits again: neither memory nor descriptors stay.
            s.assert_no_fd_leak(before, slack=2)

    def test_memory_does_not_grow_with_the_message(self):
        with Suite(options=["Max_mail_size 200000000"]) as s, \
                smtp.Client(s.port) as c:
            c.ehlo()
            to_data(c)
            c.send(b"Subject: x\r\n\r\n")
            piece = (b"x" * 70 + b"\r\n") * 1000

            def dirty():
                with open(f"/proc/{s.pid('smtpd')}/smaps_rollup") as f:
                    return next(int(x.split()[1]) for x in f
                                if x.startswith("Private_Dirty"))
            for _ in range(10):
                c.send(piece)
            time.sleep(0.2)
            before = dirty()
            for _ in range(rounds(400, 2000)):
                c.send(piece)
            grown = dirty() - before
            c.send(b".\r\n")
            self.assertEqual(c.reply().code, 250)
            self.assertLess(grown, 1024 * SLOW)

    # What LF and CR alone become (a message ends at CRLF.CRLF only).
    FRAMINGS = (
        (b"x\n.\ny\r\n", b"x\r\n.\r\ny\r\n"),
        (b"x\n.\r\ny\r\n", b"x\r\n.\r\ny\r\n"),
        (b"x\r\n.\ny\r\n", b"x\r\n.\r\ny\r\n"),
        (b"x\r.\ry\r\n", b"x . y\r\n"),
        (b"x\r\n.\ry\r\n", b"x\r\n. y\r\n"),
        (b"x\r\n.\r\r\ny\r\n", b"x\r\n.\r\ny\r\n"),
        (b"..x\r\n...\r\n", b".x\r\n..\r\n"),
        (b"", b""),
    )

    def test_framing(self):
        smuggled = (b"MAIL FROM:<evil@client.test>\r\nRCPT TO:<"
                    + USER.encode() + b">\r\nDATA\r\nSubject: evil\r\n\r\n")
        with Suite() as s:
            for i, (sent, kept) in enumerate(self.FRAMINGS):
                with smtp.Client(s.port) as c:
                    c.ehlo()
                    to_data(c)
                    c.send(b"A: b\r\n\r\n" + sent + smuggled + b".\r\n")
                    self.assertEqual(c.reply().code, 250)
                    self.assertTrue(c.silent(0.1))
                raw = s.maildir().wait(i + 1)
                self.assertEqual(len(raw), i + 1, "one message, not two")
                bodies = [text_of(r) for r in raw]
                self.assertIn(kept + smuggled, bodies)

    def test_bare_newlines_refused(self):
        with Suite(options=['Bare_newline "reject"']) as s:
            for sent, _ in self.FRAMINGS[:6]:
                with smtp.Client(s.port) as c:
                    c.ehlo()
                    to_data(c)
                    c.send(b"A: b\r\n\r\n" + sent + b".\r\n")
                    reply = c.reply()
                    self.assertEqual(reply.code, 554, sent)
                    c.expect(250, "NOOP")
            self.assertEqual(
                smtp.send_message(s.port, "a@b.test", USER,
                                  smtp.make_message("good")).code, 250)
            self.assertEqual(s.maildir().wait(1) and s.maildir().count(), 1)


class Dns(unittest.TestCase):
    def setUp(self):
        self.dns = dns.Dns(scratch(self))
        self.dns.set("good.test MX 10 mx.good.test.",
                     "mx.good.test A 127.0.0.9",
                     "only-a.test A 127.0.0.9",
                     "null.test MX 0 .",
                     f"{dns.reverse('127.0.0.1')} PTR ptr.client.test.",
                     "ptr.client.test A 127.0.0.1")
        self.dns.broken("broken.test")
        self.dns.__enter__()
        self.addCleanup(self.dns.__exit__)

    def replies(self, options, *senders):
        with Suite(dns=self.dns, options=options) as s:
            with smtp.Client(s.port, timeout=40) as c:
                c.ehlo()
                codes = []
                for sender in senders:
                    reply = c.cmd(f"MAIL FROM:<a@{sender}>")
                    codes.append((reply.code, reply.raw))
                    c.cmd("RSET")
                return codes

    def test_sender_domain_exists(self):
        got = self.replies(["From_level_check 1"], "good.test", "only-a.test",
                           "missing.test", "broken.test")
        self.assertEqual([g[0] for g in got], [250, 250, 553, 451])
        self.assertTrue(got[2][1].startswith(
            b"553 5.1.8 Invalid domain: missing.test"))

    def test_sender_domain_has_mx(self):
        got = self.replies(["From_level_check 2"], "good.test", "only-a.test",
                           "null.test", "broken.test")
        self.assertEqual([g[0] for g in got], [250, 553, 553, 451])

    def test_name_of_client(self):
        with Suite(dns=self.dns, options=["Resolve_all 1"]) as s:
            smtp.send_message(s.port, "a@b.test", USER,
                              smtp.make_message("named"))
            raw = s.maildir().wait(1)[0]
            self.assertIn(b"ptr.client.test", raw.split(b"\n\n")[0])
            # A name that does not lead back is not believed.
            self.dns.set(
                f"{dns.reverse('127.0.0.1')} PTR liar.client.test.",
                "liar.client.test A 127.0.0.2")
            s.restart()
            smtp.send_message(s.port, "a@b.test", USER,
                              smtp.make_message("liar"))
            s.maildir().wait(2)
            self.assertFalse([r for r in s.maildir().raw()
                              if b"liar.client" in r])

    def test_recipient_domain(self):
        with Suite(dns=self.dns, options=[
                "Rcpt_level_check 1", 'Relay_from "127.0.0.0/8"']) as s, \
                smtp.Client(s.port, timeout=40) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<>")
            c.expect(250, "RCPT TO:<a@good.test>")
            c.expect(553, "RCPT TO:<a@missing.test>")
            c.expect(451, "RCPT TO:<a@broken.test>")


class Recipients(unittest.TestCase):
    def test_unknown_is_refused_at_once_and_late(self):
        with Suite(options=["No_mailbox_delay 1"]) as s, \
                smtp.Client(s.port) as c, smtp.Client(s.port) as other:
            c.ehlo()
            c.expect(250, "MAIL FROM:<>")
            start = time.monotonic()
            c.send(b"RCPT TO:<nobody@example.test>\r\nNOOP\r\n")
            other.ehlo()
            self.assertLess(time.monotonic() - start, 0.9)
            self.assertEqual(c.reply().raw, b"550 5.1.1 No such user\r\n")
            self.assertGreaterEqual(time.monotonic() - start, 1.0)
            self.assertEqual(c.reply().code, 250)
            with open(s.path("log", "refused.log")) as f:
                self.assertIn("rcpt=nobody@example.test event=rcpt", f.read())

    def test_aliases(self):
        with Suite(users={USER: {}, "b@example.test": {}},
                   aliases={"both@example.test": [USER, "b@example.test"]}
                   ) as s, smtp.Client(s.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<>")
            c.expect(250, "RCPT TO:<both@example.test>")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.expect(354, "DATA")
            self.assertEqual(c.cmd(".").code, 250)
            s.maildir(USER).wait(1)
            s.maildir("b@example.test").wait(1)
            time.sleep(0.5)
            self.assertEqual(s.maildir(USER).count(), 1)


class Tight(Suite):
    """A suite that has few descriptors."""

    def command(self, *args):
        return ["prlimit", "--nofile=300:300", "--"] + super().command(*args)


class Hostile(unittest.TestCase):
    def alive(self, s):
        reply = smtp.send_message(s.port, "a@client.test", USER,
                                  smtp.make_message("alive"))
        self.assertEqual(reply.code, 250)

    def test_other_protocols(self):
        hello = bytes.fromhex("16030100f8010000f40303") + bytes(200)
        with Suite() as s:
            pid = s.pid("smtpd")
            for words in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                          b"POST / HTTP/1.0\r\n\r\nMAIL FROM:<>\r\n",
                          b"SSH-2.0-OpenSSH_9.2\r\n", hello + b"\r\n"):
                with smtp.Client(s.port) as c:
                    c.send(words)
                    seen = c.closed()
                    self.assertNotIn(b"250", seen)
                    self.assertRegex(seen, rb"^(5\d\d|421) ")
            self.alive(s)
            self.assertEqual(s.pid("smtpd"), pid)

    def test_garbage(self):
        """Octets and lines at random, whole sessions of them."""
        words = [b"EHLO x", b"HELO x", b"MAIL FROM:<a@b.test>", b"DATA",
                 b"RCPT TO:<" + USER.encode() + b">", b"RSET", b"NOOP",
                 b"BDAT 5", b"BDAT 3 LAST", b"BDAT 99999999999", b".", b"VRFY",
                 b"MAIL FROM:<\xff\xfe@b>", b"RCPT TO:<|sh>", b"\0\0", b"x" *
                 5000, b"BDAT -1", b"QUIT", b"MAIL FROM:<> SIZE=9" * 90]
        ends = [b"\r\n"] * 6 + [b"\n", b"\r", b"", b"\r\n.\r\n", b"\0\r\n"]
        with Suite() as s:
            pid = s.pid("smtpd")
            before = s.fd_counts()
            for seed in range(rounds(200, 5000)):
                rng = random.Random(seed)
                c = smtp.Client(s.port)
                try:
                    for _ in range(rng.randrange(1, 30)):
                        c.send(rng.choice(words) + rng.choice(ends))
                except OSError:
                    pass
                rng.choice((c.close, c.abort))()
            self.alive(s)
            self.assertEqual(s.pid("smtpd"), pid)
            s.assert_no_fd_leak(before, slack=3)

    def test_one_session_many_transactions(self):
        n = rounds(3000, 100000)
        with Suite(options=[f"Max_msgs_per_cnx {n + n}"]) as s, \
                smtp.Client(s.port, timeout=60) as c:
            c.ehlo()
            for _ in range(n // 100):
                c.send(b"MAIL FROM:<>\r\nRSET\r\n" * 100)
                for _ in range(200):
                    self.assertEqual(c.reply().code, 250)
                c.send(b"MAIL FROM:<>\r\nRCPT TO:<" + USER.encode() +
                       b">\r\nDATA\r\n.\r\n")
                codes = [c.reply().code for _ in range(4)]
                self.assertEqual(codes, [250, 250, 354, 250])

    def test_no_descriptors_left(self):
        """More clients than descriptors: who is in is served, the others
        wait, and nothing spins."""
        with Tight(unprivileged=True) as s:
            clients = []
            pid = s.pid("smtpd")
            try:
                for _ in range(200):
                    c = smtp.Client(s.port, banner=False)
                    c.timeout = 0.5 * SLOW
                    clients.append(c)
                greeted = []
                for c in clients:
                    try:
                        self.assertEqual(c.reply().code, 220)
                        greeted.append(c)
                    except TimeoutError:
                        break
                self.assertGreater(len(greeted), 50)
                self.assertLess(len(greeted), 200)
                greeted[0].timeout = 10
                greeted[0].ehlo()

                def ticks():
                    with open(f"/proc/{pid}/stat") as f:
                        return sum(map(int, f.read().rsplit(")", 1)[1]
                                       .split()[11:13]))
                used = ticks()
                time.sleep(1)
                self.assertLess(ticks() - used, 20)
                for c in greeted[1:]:
                    c.close()
                last = clients[len(greeted) + 1]
                last.timeout = 10
                self.assertEqual(last.reply().code, 220)
            finally:
                for c in clients:
                    c.close()
            self.alive(s)

    def test_processes_share_the_port(self):
        with Suite(options=["Smtpd_procs 3"]) as s:
            procs.wait_for(lambda: len(s.find("smtpd")) == 3, 10, "3 smtpd")
            killed = s.kill9("smtpd")
            for _ in range(30):
                self.alive(s)
            self.assertNotIn(killed, s.find("smtpd"))
            self.assertEqual(len(s.maildir().wait(30)), 30)


if __name__ == "__main__":
    unittest.main()
