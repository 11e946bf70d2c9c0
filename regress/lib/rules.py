"""The suite with rules, in a host of its own where any address may be had,
so that the names and addresses of the manual's examples stand as printed.

    class Some(rules.Case):
        USERS = {"user@example.test": {"password": "pass"}}
        def test_it(self):
            self.rules(helo='Helo? "bad" Deny!')
            with self.client("200.200.200.7") as c:
                c.expect(550, "HELO bad")

All tests of a class share one suite, one name server and the sinks that they
ask for; rules() puts new rules in force by a reload.  Rules without a line
end stand in the option itself, others in a file of their own each time.
"""

import ctypes
import os
import re
import shutil
import tempfile
import unittest

import dns
import netns
import procs
import smtp
from sink import Sink
from suite import SLOW, Suite

EVENTS = ("limit", "connection", "helo", "auth", "from", "rcpt",
          "lrcpt_refused", "data_cmd", "data", "qstart_process", "dl_rcpt",
          "qend_process", "error_report")
USER = "user@example.test"


def crypted(password, salt="$6$rounds=1000$regress$"):
    """crypt(3): Python's own module is on its way out."""
    lib = ctypes.CDLL("libcrypt.so.1")
    lib.crypt.restype = ctypes.c_char_p
    return lib.crypt(password.encode(), salt.encode()).decode()


class Client(smtp.Client):
    """Texts of its replies are without enhanced status codes, which the
    server adds to what rules say."""

    def reply(self, timeout=None):
        reply = super().reply(timeout)
        reply.lines = [re.sub(r"^[245]\.\d+\.\d+ ", "", x)
                       for x in reply.lines]
        reply.text = "\n".join(reply.lines)
        return reply


class World:
    """A host, its name server, and the suite in it."""

    def __init__(self, records=(), users=None, options=(), server=None,
                 **kw):
        """server: makes what stands in front of the name server, from it
        and the host; it has address, port and stop()."""
        self.addresses, self.sinks, self.count = set(), {}, 0
        self.host = netns.Host("rules", [])
        self.dir = tempfile.mkdtemp(prefix="rules.")
        self.dns = self.front = self.suite = None
        try:
            self.dns = dns.Dns(self.dir, host=self.host)
            self.dns.records = list(records)
            self.dns.start()
            self.front = server(self.dns, self.host) if server else None
            users = {a: dict(row) for a, row in (users or {USER: {}}).items()}
            for row in users.values():
                if row.get("password"):
                    row["password"] = crypted(row["password"])
            self.suite = s = Suite(users=users, host=self.host,
                                   dns=self.front or self.dns, **kw)
            # Written by programs of Exec!, whose user is another.
            for name, mode in (("rules", 0o755), ("out", 0o1777)):
                s.mkdir(name)
                os.chmod(s.path(name), mode)
            s.options = self.options = [
                f'Rules_path "{s.path("rules")} {s.path("mail")}"',
                "Qsleep_time 1", *options]
            s.write_conf()
            s.start()
        except BaseException:
            self.stop(check=False)
            raise

    def stop(self, check=True):
        try:
            if self.suite is not None and self.suite.process is not None:
                self.suite.stop(check=check)
        finally:
            if self.suite is not None:
                self.suite.destroy()
            for sink in self.sinks.values():
                sink.stop()
            for server in (self.front, self.dns, self.host):
                if server is not None:
                    server.stop()
            shutil.rmtree(self.dir, ignore_errors=True)

    def have(self, address):
        """The host has this address from now on."""
        if address in self.addresses or address.startswith("127."):
            return
        self.addresses.add(address)
        self.host.run("ip", "addr", "add", address, "dev", "lo", *(
            ["nodad"] if ":" in address else []))

    def sink(self, address="127.0.0.1", port=25, **kw):
        """The receiving server there; kept, with fresh lists."""
        self.have(address)
        key = address, port
        if key not in self.sinks:
            with self.host.inside():
                self.sinks[key] = Sink(address=address, port=port)
        sink = self.sinks[key]
        sink.messages, sink.sessions = [], []
        sink.replies = dict(kw.get("replies", {}))
        return sink

    def rules(self, options=(), **events):
        """These rules and options from now on, and no others."""
        s = self.suite
        rows = list(options)
        for event, text in events.items():
            if event not in EVENTS:
                raise ValueError(event)
            if "\n" in text:
                self.count += 1
                text = s.write(f"rules/{event}.{self.count}", text.rstrip()
                               + "\n")
            rows.append(f'Event.{event} "{text}"')
        given = {r.split(None, 1)[0] for r in rows}
        if not s.reload([o for o in self.options
                         if o.split(None, 1)[0] not in given] + rows):
            raise AssertionError(f"not in force: {rows}\n{s.stderr()}")

    def script(self, name, text, folder="rules"):
        """A program for Exec!, its path."""
        return self.suite.write(f"{folder}/{name}", "#!/bin/sh\n" + text
                                + "\n", 0o755)

    def client(self, ip="192.0.2.1", helo=None, login=None, **kw):
        """Connected from that address, greeted and logged in if asked."""
        if ":" in ip:
            raise ValueError("the suite listens on IPv4")
        self.have(ip)
        with self.host.inside():
            c = Client(self.suite.port, source=ip, timeout=20 * SLOW,
                            **kw)
        try:
            if helo or login:
                c.expect(250, f"EHLO {helo or 'client.test'}")
            if login:
                c.expect(235, "AUTH PLAIN " + plain(*login))
        except BaseException:
            c.close()
            raise
        return c

    def text(self, name):
        """What stands in a file below the suite's root, or nothing."""
        try:
            with open(self.suite.path(name), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_text(self, name, pattern):
        """Wait until the file has it; the match."""
        return procs.wait_for(
            lambda: re.search(pattern, self.text(name)), 10 * SLOW,
            f"{pattern!r} in {name}, which has {self.text(name)[-400:]!r}")


def plain(user, password):
    """The argument of AUTH PLAIN."""
    import base64
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Case(unittest.TestCase):
    """One World for all tests of a class.  What a class sets: RECORDS,
    USERS, ALIASES, OPTIONS."""

    RECORDS, ALIASES, OPTIONS, DOMAINS = (), {}, (), ()
    USERS = {USER: {}}
    SERVER = None

    @classmethod
    def setUpClass(cls):
        cls.world = World(
            cls.RECORDS, cls.USERS, cls.OPTIONS, aliases=cls.ALIASES,
            domains=cls.DOMAINS,
            server=cls.SERVER and cls.SERVER.__func__ if isinstance(
                cls.SERVER, staticmethod) else cls.SERVER)
        cls.suite = cls.world.suite
        for name in ("rules", "client", "sink", "script", "text",
                     "wait_text"):
            setattr(cls, name, getattr(cls.world, name))

    @classmethod
    def tearDownClass(cls):
        if os.environ.get("SELOR_SHOW"):
            cls.suite.show_logs(100)
        cls.world.stop()

    def setUp(self):
        # What earlier tests left and delivered is no part of this one.
        # One that is under way can not be removed just then.
        def empty():
            left = self.suite.show("queue")
            for message in left:
                self.suite.selorctl("remove", "-y", message["id"],
                                    check=False)
            return not left
        procs.wait_for(empty, 20 * SLOW, "empty queue", 0.1)
        for address in self.suite.users:
            shutil.rmtree(os.path.join(self.suite.home(address), "Maildir"),
                          ignore_errors=True)

    def warned(self, pattern):
        """Wait for a line of Warning_log."""
        return self.suite.wait_log(pattern, name="warning")

    def begin(self, c, sender="a@client.test", rcpts=(USER,)):
        """MAIL and RCPT, all accepted."""
        c.expect(250, f"MAIL FROM:<{sender}>")
        for rcpt in [rcpts] if isinstance(rcpts, str) else rcpts:
            c.expect(250, f"RCPT TO:<{rcpt}>")

    def data(self, c, ident="1", message=None):
        """DATA to its end; the reply."""
        c.expect(354, "DATA")
        c.send(smtp.dot_stuff(message or smtp.make_message(ident)))
        return c.reply()

    def mail(self, sender="a@client.test", rcpts=(USER,), ident="1",
             message=None, **kw):
        """A whole message in a session of its own; its id."""
        kw.setdefault("helo", "client.test")
        with self.client(**kw) as c:
            self.begin(c, sender, rcpts)
            reply = self.data(c, ident, message)
            self.assertEqual(reply.code, 250, reply)
            c.cmd("QUIT")
        return reply.text.split()[0]

    def rcpt(self, sender="a@client.test", rcpt=USER, **kw):
        """The reply to one recipient in a session of its own."""
        kw.setdefault("helo", "client.test")
        with self.client(**kw) as c:
            c.expect(250, f"MAIL FROM:<{sender}>")
            return c.cmd(f"RCPT TO:<{rcpt}>")

    def sender(self, sender="a@client.test", **kw):
        """The reply to one sender in a session of its own."""
        kw.setdefault("helo", "client.test")
        with self.client(**kw) as c:
            return c.cmd(f"MAIL FROM:<{sender}>")

    def delivered(self, address=USER, count=1):
        """Raw messages in that user's Maildir, when they are there."""
        found = self.suite.maildir(address).wait(count, 15 * SLOW)
        self.assertEqual(len(found), count)
        return found
