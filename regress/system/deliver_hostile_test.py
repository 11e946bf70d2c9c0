"""Servers that mean harm or are broken, against deliverd's client: hostile.md
lines 83 to 89.  Each case is a server that speaks bytes as told, and the one
result that may come of it."""

import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

import suite  # noqa: E402
from deliver_stub import (  # noqa: E402
    BODY_8BIT, BODY_BINARY, LOOK_NULLMX, LOOK_OK, LOOK_TEMP, OK, PERM, TEMP,
    Deliverd)

TIMEOUT = 240
CONTENT = b"Received: by us\r\nSubject: x\r\n\r\nhello\r\n.dot\r\n"
EHLO = b"250-mx\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250 8BITMIME\r\n"


class Server:
    """Runs script(self, connection) for each connection, in a thread."""

    def __init__(self, script, address="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.script, self.closing = script, threading.Event()
        self.connections, self.messages, self.commands = 0, [], []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        try:
            self.script(self, Line(conn, self))
        except (OSError, EOFError):
            pass
        conn.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Line:
    def __init__(self, conn, server):
        self.conn, self.server, self.buf = conn, server, b""

    def say(self, *lines):
        self.conn.sendall(b"".join(
            li if li.endswith(b"\n") else li + b"\r\n" for li in lines))

    def more(self):
        data = self.conn.recv(65536)
        if not data:
            raise EOFError
        self.buf += data

    def line(self):
        while b"\n" not in self.buf:
            self.more()
        line, self.buf = self.buf.split(b"\n", 1)
        self.server.commands.append(line.rstrip(b"\r"))
        return line.rstrip(b"\r")

    def content(self):
        while b"\r\n.\r\n" not in self.buf:
            self.more()
        data, self.buf = self.buf.split(b"\r\n.\r\n", 1)
        self.server.messages.append(data + b"\r\n")

    def wait(self):
        """Says nothing until the other side or the test has gone."""
        self.conn.settimeout(0.2)
        while not self.server.closing.is_set():
            try:
                if not self.conn.recv(65536):
                    return
            except socket.timeout:
                pass

    def greet(self):
        self.say(b"220 mx")
        self.line()
        self.say(EHLO)

    def envelope(self, *replies):
        """Reads commands up to DATA; replies to each, by verb or b'250'."""
        replies = dict(replies)
        while True:
            line = self.line()
            verb = line.split(b" ")[0]
            if verb == b"QUIT":
                self.say(b"221 bye")
                raise EOFError
            if verb in replies:
                self.say(replies[verb])
            else:
                self.say(b"354 go" if verb == b"DATA" else b"250 ok")
            if verb == b"DATA":
                return


def good(server, c):
    c.greet()
    while True:
        c.envelope()
        c.content()
        c.say(b"250 taken")


def bytes_server(data):
    def script(server, c):
        c.say(data)
        c.wait()
    return script


def at_dot(*lines):
    def script(server, c):
        c.greet()
        c.envelope()
        c.content()
        if lines:
            c.say(*lines)
        c.wait()
    return script


class Case(unittest.TestCase):
    def talk(self, script, recipients=("a@r.test",), content=CONTENT,
             options=(), **more):
        with Server(script) as server:
            with self.deliverd(server.port, options) as d:
                results = d.deliver("s@y.test", list(recipients), content,
                                    timeout=30, **more)
                self.assertEqual([], d.reports)
        self.server = server
        return results

    def deliverd(self, port, options=(), hosts=None, status=LOOK_OK):
        hosts = hosts or [(10, "mx.r.test", "127.0.0.1")]
        return Deliverd(
            [f"Mx_port {port}", 'Server_name "us.test"',
             'Listen "127.0.0.9:25"', f"Timeout {2 * suite.SLOW}",
             "Connect_timeout 2", *options],
            routes={"r.test": (status, hosts)})

    def check(self, result, kind, text=None, code=None):
        self.assertIsNotNone(result)
        self.assertEqual(kind, result["result"], result)
        if text:
            self.assertIn(text, result["text"])
        if code:
            self.assertEqual(code, result["code"], result)
        for c in result["text"] + result["host"]:
            self.assertGreaterEqual(ord(c), 32, result)


class Replies(Case):
    def temporary(self, script, text=None):
        result, = self.talk(script)
        self.check(result, TEMP, text)

    def test_good(self):
        result, = self.talk(good)
        self.check(result, OK, "taken", 250)
        self.assertEqual(self.server.messages,
                         [CONTENT.replace(b"\r\n.", b"\r\n..")])
        self.assertEqual(result["host"], "mx.r.test [127.0.0.1]")

    def test_endless_banner(self):
        def script(server, c):
            c.say(b"220-x")
            while not server.closing.is_set():
                c.say(b"220-and on" * 50)
        self.temporary(script)

    def test_endless_multiline(self):
        def script(server, c):
            c.greet()
            c.line()
            while not server.closing.is_set():
                c.say(b"250-more" * 1000)
        self.temporary(script)

    def test_line_of_a_megabyte(self):
        self.temporary(bytes_server(b"220 " + b"x" * 1000000))

    def test_code_mismatch(self):
        self.temporary(bytes_server(b"220-mx\r\n550 no\r\n"))

    def test_odd_codes(self):
        for data in (b"999 what\r\n", b"25\r\n", b"\r\n", b"abc\r\n",
                     b"2200 x\r\n", b"\0\0\0\0\r\n", b"100 x\r\n"):
            with self.subTest(data):
                self.temporary(bytes_server(data))

    def test_text_with_control_bytes(self):
        def script(server, c):
            c.greet()
            c.envelope((b"RCPT",
                        b"550 5.1.1 a\x1b[2J\rb\0c\x7f d\xc3\x28\r\n"))
            c.wait()
        result, = self.talk(script)
        self.check(result, PERM)
        self.assertEqual("5.1.1", result["enhanced"])

    def test_enhanced_code_without_text(self):
        def script(server, c):
            c.greet()
            c.envelope((b"RCPT", b"550 5.7.2"))
            c.wait()
        result, = self.talk(script)
        self.check(result, PERM)
        self.assertEqual("5.7.2", result["enhanced"])

    def test_banner_refuses(self):
        self.temporary(bytes_server(b"554 not you\r\n"), "not you")

    def test_banner_never(self):
        result, = self.talk(bytes_server(b"521 no mail here\r\n"))
        self.check(result, PERM, "no mail here")

    def test_helo_fallback(self):
        def script(server, c):
            c.say(b"220 old")
            c.line()
            c.say(b"502 what")
            self.assertTrue(c.line().startswith(b"HELO us.test"))
            c.say(b"250 hi")
            c.envelope()
            c.content()
            c.say(b"250 taken")
            c.wait()
        result, = self.talk(script)
        self.check(result, OK)
        # One command at a time, and no parameter of an extension.
        self.assertIn(b"MAIL FROM:<s@y.test>", self.server.commands)

    def test_ehlo_of_ten_thousand_keywords(self):
        def script(server, c):
            c.say(b"220 mx")
            c.line()
            c.say(b"250-mx", *[b"250-X%d" % i for i in range(10000)],
                  b"250 OK")
            c.wait()
        self.temporary(script)

    def test_size_1(self):
        def script(server, c):
            c.say(b"220 mx")
            c.line()
            c.say(b"250-mx", b"250-AUTH PLAIN", b"250-AUTH=LOGIN",
                  b"250 SIZE 1")
            c.wait()
        result, = self.talk(script)
        self.check(result, PERM)
        self.assertEqual("5.3.4", result["enhanced"])


class OutOfPlace(Case):
    def test_250_before_the_dot(self):
        # The reply comes while the content is still on its way.
        def script(server, c):
            c.greet()
            c.envelope((b"DATA", b"354 go\r\n250 taken\r\n"))
            c.wait()
        result, = self.talk(script, content=CONTENT * 20000)
        self.check(result, TEMP)

    def test_250_with_the_354(self):
        def script(server, c):
            c.greet()
            c.envelope((b"DATA", b"354 go\r\n250 taken\r\n"))
            c.wait()
        result, = self.talk(script)
        self.check(result, TEMP)

    def test_552_during_content(self):
        def script(server, c):
            c.greet()
            c.envelope((b"DATA", b"354 go"))
            c.more()
            c.say(b"552 5.3.4 too big")
            c.wait()
        result, = self.talk(script, content=CONTENT * 100000)
        self.check(result, PERM, "too big")

    def test_extra_replies_are_not_the_next_message(self):
        def script(server, c):
            c.greet()
            c.envelope()
            c.content()
            c.say(b"250 taken", b"250 extra", b"250 extra", b"354 x",
                  b"250 extra")
            c.wait()
        with Server(script) as server:
            with self.deliverd(server.port) as d:
                first, = d.deliver("s@y", ["a@r.test"], CONTENT)
                time.sleep(0.3)
                server.script = good
                second, = d.deliver("s@y", ["a@r.test"], CONTENT)
        self.check(first, OK)
        self.check(second, OK, "taken")
        self.assertEqual(2, len(server.messages))

    def test_replies_before_commands(self):
        def script(server, c):
            c.say(b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"354 x",
                  b"250 all done")
            c.wait()
        result, = self.talk(script)
        self.check(result, TEMP)

    def test_partial_failure(self):
        replies = iter([b"250 ok", b"550 no such", b"450 later", b"250 ok"])

        def script(server, c):
            c.greet()
            while True:
                line = c.line()
                verb = line.split(b" ")[0]
                if verb == b"RCPT":
                    c.say(next(replies))
                elif verb == b"DATA":
                    c.say(b"354 go")
                    c.content()
                    c.say(b"250 taken")
                else:
                    c.say(b"250 ok")
        a, b, c, d = self.talk(
            script, [f"{x}@r.test" for x in "abcd"])
        self.check(a, OK)
        self.check(b, PERM, "no such")
        self.check(c, TEMP, "later")
        self.check(d, OK)

    def test_354_for_nobody(self):
        def script(server, c):
            c.greet()
            c.envelope((b"RCPT", b"550 no"))
            c.line()
            c.say(b"250 empty taken")
            c.wait()
        result, = self.talk(script)
        self.check(result, PERM, "no")
        self.assertEqual(self.server.commands[4], b".")

    def test_mail_refused(self):
        def script(server, c):
            c.greet()
            c.envelope((b"MAIL", b"550 not that sender"),
                       (b"RCPT", b"503 no mail"), (b"DATA", b"503 no"))
            c.wait()
        for result in self.talk(script, ["a@r.test", "b@r.test"]):
            self.check(result, PERM, "not that sender")

    def test_too_many_recipients(self):
        count = [0]

        def script(server, c):
            c.greet()
            while True:
                verb = c.line().split(b" ")[0]
                if verb == b"MAIL":
                    count[0] = 0
                if verb == b"RCPT":
                    count[0] += 1
                    c.say(b"250 ok" if count[0] <= 3 else
                          b"452 4.5.3 too many")
                elif verb == b"DATA":
                    c.say(b"354 go")
                    c.content()
                    c.say(b"250 taken")
                else:
                    c.say(b"250 ok")
        for result in self.talk(script, [f"u{i}@r.test" for i in range(8)]):
            self.check(result, OK)
        self.assertEqual(3, len(self.server.messages))
        self.assertEqual(1, self.server.connections)


class Ends(Case):
    """421 and a closed connection at each state; never twice after a 250."""

    VERBS = (b"MAIL", b"RCPT", b"DATA")

    def ending(self, last, at):
        def script(server, c):
            if at == b"BANNER":
                c.say(*last)
                return
            c.say(b"220 mx")
            c.line()
            if at == b"EHLO":
                c.say(*last)
                return
            c.say(EHLO)
            while True:
                verb = c.line().split(b" ")[0]
                if verb == at:
                    c.say(*last)
                    return
                if verb == b"DATA":
                    c.say(b"354 go")
                    c.content()
                    c.say(*last)
                    return
                c.say(b"250 ok")
        return script

    def test_421(self):
        for at in (b"BANNER", b"EHLO", *self.VERBS, b"DOT"):
            with self.subTest(at):
                result, = self.talk(self.ending([b"421 going"], at))
                self.check(result, TEMP, "going")

    def test_close(self):
        for at in (b"BANNER", b"EHLO", *self.VERBS, b"DOT"):
            with self.subTest(at):
                result, = self.talk(self.ending([], at))
                self.check(result, TEMP)

    def test_closed_after_the_last_250(self):
        result, = self.talk(self.ending([b"250 taken"], b"DOT"))
        self.check(result, OK)
        self.assertEqual(1, len(self.server.messages))

    def test_kept_connection_found_closed(self):
        def script(server, c):
            c.greet()
            c.envelope()
            c.content()
            c.say(b"250 taken")
        with Server(script) as server:
            with self.deliverd(server.port) as d:
                for _ in range(3):
                    result, = d.deliver("s@y", ["a@r.test"], CONTENT)
                    self.check(result, OK)
        self.assertEqual(3, len(server.messages))

    def test_next_host_after_421(self):
        with Server(self.ending([b"421 going"], b"MAIL")) as bad, \
                Server(good, "127.0.0.2", bad.port) as server:
            with self.deliverd(bad.port, hosts=[
                    (10, "a.r.test", "127.0.0.1"),
                    (20, "b.r.test", "127.0.0.2")]) as d:
                result, = d.deliver("s@y", ["a@r.test"], CONTENT)
        self.check(result, OK)
        self.assertEqual("b.r.test [127.0.0.2]", result["host"])
        self.assertEqual(1, len(server.messages))

    def test_more_behind_421_is_not_the_next_host(self):
        """What stands behind a reply in one segment is not what the host
        that is tried next says."""
        with Server(bytes_server(b"421 busy\r\n" + b"250 x\r\n" * 9000)) \
                as bad, Server(good, "127.0.0.2", bad.port) as server:
            with self.deliverd(bad.port, hosts=[
                    (10, "a.r.test", "127.0.0.1"),
                    (20, "b.r.test", "127.0.0.2")]) as d:
                result, = d.deliver("s@y", ["a@r.test"], CONTENT)
        self.check(result, OK)
        self.assertEqual(1, len(server.messages))

    def test_limits_are_one_hosts(self):
        """RCPTMAX of a host that failed does not bind the next."""
        def bad(server, c):
            c.say(b"220 mx")
            c.line()
            c.say(b"250-mx", b"250-LIMITS RCPTMAX=1", b"250 HELP")
            c.line()
            c.say(b"421 going")
        with Server(bad) as first, \
                Server(good, "127.0.0.2", first.port) as server:
            with self.deliverd(first.port, hosts=[
                    (10, "a.r.test", "127.0.0.1"),
                    (20, "b.r.test", "127.0.0.2")]) as d:
                for r in d.deliver("s@y", ["a@r.test", "b@r.test"], CONTENT):
                    self.check(r, OK)
        self.assertEqual(1, len(server.messages))


class Slow(Case):
    def timed(self, script, most=12, **more):
        start = time.monotonic()
        result, = self.talk(script, **more)
        self.check(result, TEMP, "timed out")
        self.assertLess(time.monotonic() - start, most * suite.SLOW)

    def test_silence_at_each_state(self):
        def silent(at):
            def script(server, c):
                if at == 0:
                    c.wait()
                c.say(b"220 mx")
                c.line()
                if at == 1:
                    c.wait()
                c.say(EHLO)
                c.wait()
            return script
        for at in range(3):
            with self.subTest(at):
                self.timed(silent(at))

    def test_hangs_after_the_dot(self):
        self.timed(at_dot())

    def test_a_byte_a_second(self):
        def script(server, c):
            c.say(b"220 mx")
            c.line()
            for byte in b"250-this takes for ever and ever and ever":
                c.conn.sendall(bytes([byte]))
                if server.closing.wait(0.5):
                    return
        self.timed(script)

    def test_does_not_read_content(self):
        def script(server, c):
            c.conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.greet()
            c.envelope()
            server.closing.wait(30)
        self.timed(script, content=CONTENT * 200000)

    def test_others_go_on(self):
        """One bad server holds up nobody else."""
        with Server(bytes_server(b"220-")) as bad, \
                Server(good, "127.0.0.2", bad.port):
            with self.deliverd(bad.port) as d:
                d.routes["g.test"] = (LOOK_OK,
                                      [(10, "mx.g.test", "127.0.0.2")])
                slow = [d.submit("s@y", ["a@r.test"], CONTENT)
                        for _ in range(20)]
                start = time.monotonic()
                result, = d.deliver("s@y", ["a@g.test"], CONTENT)
                self.check(result, OK)
                self.assertLess(time.monotonic() - start, 1.5 * suite.SLOW)
                for t in slow:
                    self.check(t.wait(60)[0], TEMP)


class Capabilities(Case):
    EIGHT = "Received: x\r\nSubject: \u00e9\r\n\r\nb\u00e9\r\n".encode()

    def plain(self, *words):
        def script(server, c):
            c.say(b"220 mx")
            c.line()
            c.say(b"250-mx", *[b"250-" + w for w in words], b"250 HELP")
            while True:
                line = c.line()
                verb = line.split(b" ")[0]
                if verb == b"DATA":
                    c.say(b"354 go")
                    c.content()
                    c.say(b"250 taken")
                elif verb == b"BDAT":
                    n = int(line.split(b" ")[1])
                    while len(c.buf) < n:
                        c.more()
                    server.messages.append(c.buf[:n])
                    c.buf = c.buf[n:]
                    c.say(b"250 taken")
                else:
                    c.say(b"250 ok")
        return script

    def test_8bit_refused(self):
        result, = self.talk(self.plain(), content=self.EIGHT, body=BODY_8BIT)
        self.check(result, PERM)
        self.assertEqual("5.6.3", result["enhanced"])

    def test_8bit_that_is_7bit(self):
        result, = self.talk(self.plain(), body=BODY_8BIT)
        self.check(result, OK)

    def test_8bit_said(self):
        result, = self.talk(self.plain(b"8BITMIME"), content=self.EIGHT,
                            body=BODY_8BIT)
        self.check(result, OK)
        self.assertIn(b"MAIL FROM:<s@y.test> BODY=8BITMIME",
                      self.server.commands)

    def test_8bit_sent_as_7bit(self):
        """Not said to us, but so it is: RFC 6152 wants it said."""
        content = b"Subject: x\r\n\r\ncaf\xc3\xa9\r\n"
        self.talk(good, content=content)
        self.assertIn(b"BODY=8BITMIME", b"".join(self.server.commands))
        self.talk(good)
        self.assertNotIn(b"BODY=", b"".join(self.server.commands))

    def test_binary_refused(self):
        result, = self.talk(self.plain(b"CHUNKING", b"8BITMIME"),
                            body=BODY_BINARY)
        self.check(result, PERM)
        self.assertEqual("5.6.3", result["enhanced"])

    def test_binary(self):
        content = b"Received: x\r\n\r\n\n.\n\r\0\r\n.\r\n"
        result, = self.talk(
            self.plain(b"CHUNKING", b"BINARYMIME", b"PIPELINING"),
            content=content, body=BODY_BINARY)
        self.check(result, OK)
        self.assertEqual([content], self.server.messages)

    def test_utf8_refused(self):
        result, = self.talk(self.plain(b"8BITMIME"), ["\u00e9@r.test"],
                            smtputf8=1)
        self.check(result, PERM)
        self.assertEqual("5.6.7", result["enhanced"])

    def test_utf8_refused_for_one(self):
        """Those whom the server can take do not suffer for another."""
        a, b, c = self.talk(self.plain(b"PIPELINING"),
                            ["a@r.test", "\u00e9@r.test", "c@r.test"])
        self.check(a, OK)
        self.check(b, PERM)
        self.assertEqual("5.6.7", b["enhanced"])
        self.check(c, OK)

    def test_utf8_recipient_of_an_alias(self):
        """The message came without SMTPUTF8, an alias leads further."""
        result, = self.talk(self.plain(b"SMTPUTF8", b"8BITMIME"),
                            ["\u00e9@r.test"])
        self.check(result, OK)
        self.assertIn(b"MAIL FROM:<s@y.test> SMTPUTF8",
                      self.server.commands)

    def test_utf8_not_needed(self):
        result, = self.talk(self.plain(), smtputf8=1)
        self.check(result, OK)

    def test_utf8(self):
        result, = self.talk(self.plain(b"8BITMIME", b"SMTPUTF8"),
                            ["\u00e9@r.test"], smtputf8=1)
        self.check(result, OK)
        self.assertIn(b"MAIL FROM:<s@y.test> SMTPUTF8", self.server.commands)

    def test_dsn(self):
        rcpts = {"notify": 0x06, "orcpt": "rfc822;a+2Bb@r.test"}
        result, = self.talk(self.plain(b"DSN"), rcpts=rcpts, ret=2,
                            envid="QQ314159")
        self.check(result, OK)
        self.assertEqual(1, result["relayed_dsn"])
        self.assertIn(b"MAIL FROM:<s@y.test> RET=HDRS ENVID=QQ314159",
                      self.server.commands)
        self.assertIn(b"RCPT TO:<a@r.test> NOTIFY=SUCCESS,FAILURE "
                      b"ORCPT=rfc822;a+2Bb@r.test", self.server.commands)

    def test_no_dsn(self):
        result, = self.talk(self.plain(), rcpts={"notify": 0x02})
        self.check(result, OK)
        self.assertEqual(0, result["relayed_dsn"])
        self.assertIn(b"RCPT TO:<a@r.test>", self.server.commands)

    def test_malformed_addresses_never_leave(self):
        for bad in ("a>\r\nRCPT TO:<x@r.test", "a b@r.test", "", "@r.test"):
            with self.subTest(bad):
                result, = self.talk(self.plain(), [bad],
                                    destination="r.test")
                self.check(result, PERM)
                self.assertEqual("5.1.3", result["enhanced"])


class Routes(Case):
    def route(self, hosts, script=good, status=LOOK_OK, options=()):
        with Server(script) as server:
            with self.deliverd(server.port, options, hosts, status) as d:
                result, = d.deliver("s@y", ["a@r.test"], CONTENT)
        return result

    def test_null_mx(self):
        result = self.route([], status=LOOK_NULLMX)
        self.check(result, PERM, code=556)
        self.assertEqual("5.1.10", result["enhanced"])

    def test_dns_trouble(self):
        self.check(self.route([], status=LOOK_TEMP), TEMP)

    def test_no_such_domain(self):
        with self.deliverd(1) as d:
            result, = d.deliver("s@y", ["a@nx.test"], CONTENT)
        self.check(result, PERM, "Invalid domain or no MX record")

    def test_first_is_dead(self):
        result = self.route([(10, "dead.r.test", "127.0.0.77"),
                             (20, "mx.r.test", "127.0.0.1")])
        self.check(result, OK)

    def test_ipv6_then_ipv4(self):
        result = self.route([(10, "mx.r.test", "::1"),
                             (10, "mx.r.test", "127.0.0.1")])
        self.check(result, OK)
        self.assertEqual("mx.r.test [127.0.0.1]", result["host"])

    def test_we_are_best(self):
        for host in ((10, "US.test", "127.0.0.1"), (10, "x", "127.0.0.9")):
            with self.subTest(host), self.deliverd(25, hosts=[
                    host, (20, "mx.r.test", "127.0.0.1")]) as d:
                result, = d.deliver("s@y", ["a@r.test"], CONTENT)
                self.check(result, PERM)
                self.assertEqual("5.4.6", result["enhanced"])

    def test_we_are_best_of_what_could_be_told(self):
        """The better host's address could not be told just now."""
        with self.deliverd(25, hosts=[(20, "us.test", "127.0.0.9")]) as d:
            d.partial = 1
            result, = d.deliver("s@y", ["a@r.test"], CONTENT)
            self.check(result, TEMP)
            self.assertEqual("4.4.3", result["enhanced"])

    def test_only_better_ones_than_us(self):
        result = self.route([(5, "dead.r.test", "127.0.0.77"),
                             (10, "us.test", "127.0.0.9"),
                             (20, "mx.r.test", "127.0.0.1")])
        self.check(result, TEMP, "Could not connect")

    def test_address_literal(self):
        with Server(good) as server, self.deliverd(server.port) as d:
            result, = d.deliver("s@y", ["a@[127.0.0.1]"], CONTENT)
        self.check(result, OK)

    def test_zero_address(self):
        self.check(self.route([(10, "zero", "0.0.0.0")]), TEMP)

    def test_a_thousand_hosts(self):
        hosts = [(10, f"h{i}", "127.0.0.77") for i in range(1000)]
        self.check(self.route(hosts), TEMP)

    def test_nobody_there(self):
        with Server(good) as server:
            port = server.port
        with self.deliverd(port) as d:
            tasks = [d.submit("s@y", ["a@r.test"], CONTENT)
                     for _ in range(50)]
            for t in tasks:
                self.check(t.wait()[0], TEMP, "refused")
            self.assertLess(len(d.route_calls), 10)

    def test_tarpit(self):
        with Server(good) as server:
            with self.deliverd(server.port, [
                    "Tarpit_limit 3", "Tarpit_sleep 7"]) as d:
                task = d.submit("s@y", [f"u{i}@r.test" for i in range(5)],
                                CONTENT)
                results = task.wait()
        self.assertEqual(3, sum(r is not None for r in results))
        self.assertEqual(7, task.retry_after)
        rcpts = [c for c in server.commands if c.startswith(b"RCPT")]
        self.assertEqual(3, len(rcpts))

    def test_queued_goes(self):
        """Tasks of a queued that has gone are not sent any more."""
        with Server(bytes_server(b"220-")) as server:
            with self.deliverd(server.port) as d:
                for _ in range(10):
                    d.submit("s@y", ["a@r.test"], CONTENT)
                time.sleep(0.3)
                d.queued.close()
                server.script = good
                d.connect_queued()
                result, = d.deliver("s@y", ["b@r.test"], CONTENT)
                self.check(result, OK)
        self.assertEqual(1, len(server.messages))

    def test_resolve(self):
        with self.deliverd(1) as d:
            answers = []
            done = threading.Event()
            old = d.queued.on_message

            def hear(pair, name, call, m, fd):
                if name in ("DLV_TARGET", "DLV_RESOLVE_ANSW"):
                    answers.append((name, m))
                    if name == "DLV_RESOLVE_ANSW":
                        done.set()
                else:
                    old(pair, name, call, m, fd)
            d.queued.on_message = hear
            d.queued.send("DLV_RESOLVE", 77, address="postmaster@x.test")
            self.assertTrue(done.wait(10))
        self.assertEqual("boss@example.test", answers[0][1]["address"])
        self.assertEqual(1, answers[1][1]["count"])


if __name__ == "__main__":
    unittest.main()
