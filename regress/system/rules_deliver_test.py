"""Words of delivery through the whole suite: from a rule at smtpd by way of
the queue and the parent to the host that gets the message."""

import base64
import os
import shutil
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
from deliver_hostile_test import Server  # noqa: E402
from queue_common import Relay, submit  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 240
FAR, OTHER = "far@remote.test", "other@remote.test"


class Host:
    """A server that wants a login if one is given; keeps what it saw."""

    def __init__(self, login=None):
        self.login, self.seen = login, []

    def __call__(self, server, c):
        source, logged_in, rcpts, hello = (
            c.conn.getpeername()[0], None, [], None)
        c.say(b"220 mx")
        while True:
            line = c.line()
            verb = line.split(b" ")[0]
            if verb == b"EHLO":
                hello = line.decode()
                c.say(b"250-mx", b"250 AUTH PLAIN")
            elif verb == b"AUTH":
                logged_in = base64.b64decode(line.split(b" ")[2])
                right = logged_in.decode().split("\0")[1:] == self.login
                c.say(b"235 ok" if right else b"535 no")
            elif verb == b"RCPT":
                rcpts.append(line.split(b"<")[1].split(b">")[0].decode())
                c.say(b"250 2.1.5 fine")
            elif verb == b"DATA":
                c.say(b"354 go")
                c.content()
                self.seen.append(dict(
                    source=source, login=logged_in, rcpts=rcpts,
                    hello=hello, message=server.messages[-1]))
                rcpts = []
                c.say(b"250 taken")
            else:
                c.say(b"250 ok")


class Delivery(unittest.TestCase):
    def host(self, **kw):
        host = Host(**kw)
        server = Server(host)
        self.addCleanup(server.__exit__)
        return host, server.port

    def relay(self, *options):
        r = Relay(options=options)
        r.__enter__()
        self.addCleanup(r.__exit__, None, None, None)
        return r

    def wait(self, host, count):
        procs.wait_for(lambda: len(host.seen) >= count, 30 * SLOW, "mail")

    def test_routes(self):
        host, port = self.host(login=["user", "pass:word"])
        r = self.relay(
            'Event.rcpt \'To? "far@remote.test" '
            f'Mx_dest! "127.0.0.1 {port}" Mx_auth! "user:pass:word" '
            'Mx_source! "127.0.0.5" So_mark! "7"\'')
        submit(r.suite.port, "a@client.test", [FAR, OTHER])
        self.wait(host, 1)
        r.sink.wait(1, 30 * SLOW)
        self.assertEqual([FAR], host.seen[0]["rcpts"])
        self.assertEqual("127.0.0.5", host.seen[0]["source"])
        self.assertEqual(b"\0user\0pass:word", host.seen[0]["login"])
        self.assertEqual([b"<" + OTHER.encode() + b">"],
                         r.sink.messages[0].rcpts)

    def test_password_in_clear(self):
        """Mx_auth_plain "never": no PLAIN even to a neighbour; it waits."""
        host, port = self.host(login=["user", "secret"])
        rule = (f'Event.rcpt \'Mx_dest! "127.0.0.1 {port}" '
                'Mx_auth! "user:secret"\'')
        r = self.relay('Mx_auth_plain "never"', rule)
        submit(r.suite.port, "a@client.test", [FAR])
        r.suite.wait_log(r" deferred .*Mx_auth_plain", 30 * SLOW,
                         name="summary")
        self.assertEqual([], host.seen)

    def test_headers_and_options(self):
        host, port = self.host()
        r = self.relay(
            f'Event.rcpt \'Mx_dest! "127.0.0.1 {port}"\'',
            'Event.data \'Hadd! "X-From: %f" '
            'Def! "Server_name def.example.test"\'')
        submit(r.suite.port, "a@client.test", [FAR])
        self.wait(host, 1)
        self.assertTrue(host.seen[0]["message"].startswith(
            b"X-From: a@client.test\r\n"), host.seen[0])
        self.assertEqual("EHLO def.example.test", host.seen[0]["hello"])

    def test_event(self):
        host, port = self.host()
        folder = tempfile.mkdtemp(prefix="dl.")
        self.addCleanup(shutil.rmtree, folder)
        r = self.relay(
            f'Event.rcpt \'Mx_dest! "127.0.0.1 {port}"\'',
            f'Rules_log_path "{folder}"',
            f'Event.dl_rcpt \'Log! "{folder}/dl.log:%f to %r: %P; %T"\'')
        submit(r.suite.port, "a@client.test", [FAR, OTHER])
        self.wait(host, 1)

        def lines():
            try:
                with open(folder + "/dl.log") as f:
                    return f.read().splitlines()
            except FileNotFoundError:
                return []
        procs.wait_for(lambda: len(lines()) == 2, 20 * SLOW, "lines")
        for rcpt, line in zip((FAR, OTHER), lines()):
            self.assertIn(f"a@client.test to {rcpt}: 250 2.1.5 fine; "
                          "250 2.1.5 fine", line)


if __name__ == "__main__":
    unittest.main()
