"""Smuggling: transcripts that servers have taken differently (hostile.md,
section 3, lines 1 to 18) are sent to us, and what we took goes to a Postfix
and to an Exim.  Both hold as many messages as we said 250, case by case."""

import collections
import os
import re
import sys
import tempfile
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import dns  # noqa: E402
import peers  # noqa: E402
import ports  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from crash_common import OPTIONS, wait_empty  # noqa: E402
from suite import SLOW, Suite  # noqa: E402

TIMEOUT = 300
BOTH = (b"user@postfix.test", b"user@exim.test")
ENVELOPE = b"MAIL FROM:<a@client.test>\r\n" + b"".join(
    b"RCPT TO:<" + r + b">\r\n" for r in BOTH)
ACCEPTED = re.compile(rb"^250 2\.0\.0 (?:\S+ )?Msg accepted", re.M)
IDENT = re.compile(rb"^X-Regress-Id: ?(\S+)", re.M)

# What some server took for the end of a message, by hostile.md's number.
ENDS = {
    "1-lf.lf": b"\n.\n", "2-lf.crlf": b"\n.\r\n", "3-crlf.lf": b"\r\n.\n",
    "4-cr.cr": b"\r.\r", "5-crlf.cr": b"\r\n.\r",
    "6-crlf.crcrlf": b"\r\n.\r\r\n", "7-lf.crlf": b"\n.\r\n",
    "7-lf.cr-lf": b"\n.\r\r\n", "8-nul": b"\r\n.\0\r\n",
    "8-nul-before": b"\r\n\0.\r\n", "cr.crlf": b"\r.\r\n",
    "cr.lf": b"\r.\n", "lf.cr": b"\n.\r", "crlf.crcr": b"\r\n.\r\r", "lfcr.crlf": b"\n\r.\r\n",
    "crlf-blank": b"\r\n. \r\n", "crlf..crlf": b"\r\n..\r\n",
}


def head(name):
    return (b"From: a@client.test\r\nSubject: framing\r\nX-Regress-Id: "
            + name.encode() + b"\r\n\r\n")


def smuggled(name):
    """The dialogue that a server sees which met an end too early."""
    return (ENVELOPE.replace(b"a@", b"evil@") + b"DATA\r\n"
            + head(name + "+smuggled") + b"evil\r\n")


def contents():
    """name -> content without stuffing's last line, the body that has to
    arrive or None, and whether it holds a bare CR or LF."""
    found = {}

    def add(name, text, body=None, bare=None):
        text = text if isinstance(text, bytes) else text()
        if bare is None:
            bare = bool(re.search(rb"\r(?!\n)|(?<!\r)\n", text))
        found[name] = (text, body, bare)

    for name, end in ENDS.items():
        assert b"\r\n.\r\n" not in end
        add(name, head(name) + b"text" + end + smuggled(name),
            bare=name not in ("8-nul", "8-nul-before", "crlf-blank",
                              "crlf..crlf"))
    for word, mark in (("lf", b"\n"), ("cr", b"\r"), ("crcr", b"\r\r"),
                       ("crcrlf", b"\r\r\n")):
        name = f"11-header-{word}"
        add(name, head(name)[:-2] + b"X-One: a" + mark
            + b"X-Two: b\r\n\r\ntext\r\n", bare=True)
        name = f"11-body-{word}"
        add(name, head(name) + b"one" + mark + b"two\r\n", bare=True)
        name = f"11-end-{word}"
        add(name, head(name)[:-2] + mark + b"text\r\n", bare=True)
    add("12-nul-header", head("12-nul-header")[:-2]
        + b"X-Nul: a\0b\r\n\r\ntext\r\n")
    add("12-nul-body", head("12-nul-body") + b"a\0b\0\r\n\0\r\n")
    for n in (512, 998, 999, 1000, 1001, 65536, 2 << 20):
        name = f"13-line-{n}"
        body = b"x" * n + b"\r\n"
        add(name, head(name) + body, body if n <= 998 else None)
    for n in (996, 997, 998, 999, 2046, 2047, 2048):
        # A dot where a server breaks a long line.
        name = f"13-dot-at-{n}"
        add(name, head(name) + b"x" * n + b".\r\ny\r\n" + b"x" * n
            + b"\r\n.." + b"\r\n")
    add("16-8bit", head("16-8bit") + bytes(range(128, 256)) + b"\r\n",
        bytes(range(128, 256)) + b"\r\n")
    add("18-only-header", head("18-only-header")[:-2])
    return found


CONTENTS = contents()
# Bodies as they are before stuffing: 17 and 18.
DOTS = {
    "17-two": b"..\r\n", "17-dot-x": b".x\r\n", "17-three": b"...\r\n",
    "17-first": b".\r\ntext\r\n", "17-last": b"text\r\n.\r\n",
    "17-many": b".\r\n" * 2000, "18-dots": b"." * 5000 + b"\r\n",
    "17-inside": b"a.\r\nb\r\n.c.\r\n", "18-empty": b"",
    "17-near": b"\r\n\r\n.\r\n\r\n", "17-dialogue": smuggled("x"),
}


class Talk(smtp.Client):
    """Counts the messages that were taken, over all replies."""

    def __init__(self, port):
        super().__init__(port, timeout=30 * SLOW)
        self.ehlo()

    def envelope(self):
        self.send(ENVELOPE)
        for _ in range(1 + len(BOTH)):
            assert self.reply() == 250

    def finish(self):
        """Says QUIT; how many messages were taken since EHLO."""
        try:
            self.send(b"QUIT\r\n")
        except OSError:
            pass
        said = self.closed()
        self.close()
        return len(ACCEPTED.findall(said))


def by_data(port, stuffed, cut=None):
    """A message by DATA, its end included, cut into segments."""
    with Talk(port) as c:
        c.envelope()
        c.expect(354, "DATA")
        for part in cut(stuffed) if cut else [stuffed]:
            c.send(part)
            if cut:
                time.sleep(0.002)
        return c.finish()


def by_bdat(port, content, size=None):
    """A message by BDAT, in chunks of a size."""
    with Talk(port) as c:
        c.envelope()
        size = size or len(content)
        parts = [content[i:i + size] for i in range(0, len(content), size)]
        c.send(b"".join(b"BDAT %d%s\r\n" % (
            len(p), b" LAST" if i == len(parts) - 1 else b"") + p
            for i, p in enumerate(parts or [b""])))
        return c.finish()


def bytewise(text):
    return [text[i:i + 1] for i in range(len(text))]


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        os.chmod(folder.name, 0o755)
        cls.addClassCleanup(folder.cleanup)
        port = ports.free()
        cls.postfix = cls.enterClassContext(peers.Postfix(
            domains=("postfix.test",), address="127.0.0.21", port=port,
            options=["message_size_limit = 0", "mailbox_size_limit = 0",
                     "smtpd_forbid_bare_newline = no",
                     "virtual_mailbox_limit = 0"]))
        cls.exim = cls.enterClassContext(peers.Exim(
            domains=("exim.test",), address="127.0.0.22", port=port))
        server = cls.enterClassContext(dns.Dns(folder.name))
        server.set("postfix.test MX 1 mx.postfix.test.",
                   "mx.postfix.test A 127.0.0.21",
                   "exim.test MX 1 mx.exim.test.",
                   "mx.exim.test A 127.0.0.22")
        cls.options = [*OPTIONS, f"Mx_port {port}",
                       'Relay_from "127.0.0.0/8"', "Limit_cnx 1000000"]
        cls.dns = server

    def suite(self, mode):
        self.taken = collections.Counter()
        self.want = {}
        return Suite(dns=self.dns, options=[
            *self.options, f'Bare_newline "{mode}"'])

    def take(self, name, n, most=1):
        self.assertLessEqual(n, most, f"{name}: {n} messages of one")
        self.taken[name] += n

    def found(self, peer):
        """Messages of a peer by their case, smuggled ones apart."""
        count = collections.Counter()
        bodies = collections.defaultdict(list)
        for raw in peer.maildir("user").raw():
            m = IDENT.search(raw)
            name = m.group(1).decode() if m else "without"
            count[name] += 1
            bodies[name].append(
                raw.split(b"\n\n", 1)[-1].replace(b"\n", b"\r\n"))
        for same in bodies.values():
            same.sort()
        return count, bodies

    def compare(self, suite):
        wait_empty(suite, 60)
        total = sum(self.taken.values())
        results = []
        for peer in (self.postfix, self.exim):
            box = peer.maildir("user")
            try:
                procs.wait_for(lambda: box.count() >= total, 30 * SLOW,
                               "messages")
            except TimeoutError:
                pass        # the comparison says which
        # What a peer still holds would be one more.
        procs.wait_for(lambda: self.postfix.queue_length() == 0, 20 * SLOW,
                       "Postfix's queue")
        procs.wait_for(lambda: not any(
            names for _, _, names in os.walk(
                self.exim.path("spool", "input"))), 20 * SLOW, "Exim's")
        for peer in (self.postfix, self.exim):
            count, bodies = self.found(peer)
            results.append(bodies)
            self.assertEqual(+self.taken, +count, type(peer).__name__)
            for name, body in self.want.items():
                if self.taken[name]:
                    self.assertEqual({body}, set(bodies[name]),
                                     f"{name} in {type(peer).__name__}")
            peer.maildir("user").clear()
        for name in results[0]:
            # Where a header without an end stops is a matter of taste, and
            # so is what a long line or a NUL becomes.
            if not re.search("nul|^11-end|18-only|dot-at|13-line", name):
                self.assertEqual(*(r[name] for r in results), name)

    def run_contents(self, mode, send):
        with self.suite(mode) as s:
            for name, (text, body, bare) in CONTENTS.items():
                n = send(s.port, text)
                self.take(name, n)
                self.assertEqual(0 if bare and mode == "reject" else 1, n,
                                 f"{name} under {mode}")
                if body is not None:
                    self.want[name] = body
            for name, body in DOTS.items():
                text = head(name) + body
                n = send(s.port, text, True)
                self.take(name, n)
                self.assertEqual(1, n, name)
                self.want[name] = body
            self.compare(s)

    @staticmethod
    def data(port, text, stuff=False):
        if stuff:
            return by_data(port, smtp.dot_stuff(text))
        # Raw: what stands there is all that is said, and then the end.
        return by_data(port, text + (b"" if text.endswith(b"\r\n")
                                     else b"\r\n") + b".\r\n")

    def test_data_normalize(self):
        self.run_contents("normalize", self.data)

    def test_data_reject(self):
        self.run_contents("reject", self.data)

    def test_bdat_normalize(self):
        # Without stuffing, a line of dots is as long as it looks.
        self.run_contents("normalize", lambda p, t, _=0: by_bdat(p, t))

    def test_bdat_reject(self):
        self.run_contents("reject", lambda p, t, _=0: by_bdat(p, t))

    def test_segments(self):
        """14, 15: one outcome wherever a segment or a chunk ends."""
        with self.suite("normalize") as s:
            for name in ENDS:
                text = CONTENTS[name][0] + b".\r\n"
                self.take(name, by_data(s.port, text, bytewise))
            plain = "15-split"
            text = smtp.dot_stuff(head(plain) + b"one\r\n.two\r\n..\r\n")
            for i in range(1, len(text)):
                self.take(plain, by_data(s.port, text,
                                         lambda t: (t[:i], t[i:])))
            for size in (1, 2, 3, 7):
                for name in ENDS:
                    self.take(name, by_bdat(s.port, CONTENTS[name][0],
                                            size))
            self.want[plain] = b"one\r\n.two\r\n..\r\n"
            self.assertEqual(len(text) - 1, self.taken[plain])
            self.assertTrue(all(self.taken[n] == 5 for n in ENDS))
            self.compare(s)

    def test_commands(self):
        """9, 10, 12, 13, 16: what is wrong in a command makes no message
        that we did not count, and the same ones in both."""
        wrong = {"9-cr": b"\r", "9-cr-end": b"\r\r", "10-lf": b"\n",
                 "12-nul": b"\0", "16-high": b"\xff\x80",
                 "13-512": b"x" * 512, "13-1000": b"x" * 1000,
                 "13-64k": b"x" * 65536, "13-10m": b"x" * (10 << 20)}
        places = {
            "ehlo": b"EHLO a%sb\r\n",
            "mail": b"MAIL FROM:<a%sb@client.test>\r\n",
            "mail-end": b"MAIL FROM:<a@client.test>%s\r\n",
            "rcpt": b"RCPT TO:<us%ser@postfix.test>\r\n",
            "rcpt-next": b"RCPT TO:<user@postfix.test>%sRCPT TO:"
                         b"<user@exim.test>\r\n",
            "data": b"DATA%s\r\n", "verb": b"%s\r\n",
        }
        with self.suite("normalize") as s:
            for mark, octets in wrong.items():
                for place, line in places.items():
                    name = f"{mark}-{place}"
                    try:
                        with Talk(s.port) as c:
                            c.send(line % octets + ENVELOPE + b"DATA\r\n"
                                   + head(name) + b"text\r\n.\r\n")
                            n = c.finish()
                    except ConnectionError:
                        n = 0       # cut off while it still talked
                    self.take(name, n)
            # What does end a message ends it for all three.
            name = "two"
            with Talk(s.port) as c:
                c.envelope()
                c.expect(354, "DATA")
                c.send(head(name) + b"text\r\r\n.\r\n" + smuggled(name)
                       + b".\r\n")
                self.assertEqual(2, c.finish())
            self.taken.update([name, name + "+smuggled"])
            # A wrong line before the envelope spoils nothing behind it.
            for mark in ("9-cr", "12-nul", "16-high", "13-1000"):
                self.assertEqual(1, self.taken[f"{mark}-verb"], mark)
            self.compare(s)


if __name__ == "__main__":
    unittest.main()
