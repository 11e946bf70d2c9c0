"""The four logs: one line an event, ids that hold from connect to delivery,
hostile text escaped, no credentials, JSON, syslog, the zone."""

import base64
import json
import os
import re
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs
import smtp
from suite import Suite

TIMEOUT = 180
LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}) "
                  r"([a-z-]+) ([a-z_-]+)((?: [a-z_]+=.*)?)$")


def parse(line):
    """time, process, event, {key: value} of a text line."""
    m = LINE.match(line)
    if not m:
        raise AssertionError(f"not a log line: {line!r}")
    pairs = {}
    for key, value in re.findall(
            r' ([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "]*)', m.group(4)):
        pairs[key] = value.strip('"')
    return m.group(1), m.group(2), m.group(3), pairs


def events(lines, event=None):
    found = [parse(line) for line in lines]
    return [e for e in found if event is None or e[2] == event]


class Logs(unittest.TestCase):
    def deliver(self, s, ident="1"):
        with smtp.Client(s.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, "RCPT TO:<user@example.test>")
            c.expect(550, "RCPT TO:<nobody@example.test>")
            c.expect(354, "DATA")
            c.send(smtp.make_message(ident) + b"\r\n.\r\n")
            reply = c.reply()
            self.assertEqual(reply.code, 250, reply)
            c.expect(221, "QUIT")
        s.maildir().wait(1)
        s.wait_log(" delivered ", name="summary")
        s.wait_log(" disconnect ", name="selor")
        return re.search(r"\d+_\d+", reply.text).group(0)

    def test_every_line_and_the_ids(self):
        with Suite() as s:
            ident = self.deliver(s)
            for name in ("selor", "summary", "warning", "refused"):
                self.assertTrue(s.log(name), name)
                events(s.log(name))
            sessions = {e[3]["session"] for e in events(s.log("selor"))}
            self.assertEqual(len(sessions), 1)
            kinds = [e[2] for e in events(s.log("selor"))]
            self.assertEqual((kinds[0], kinds[-1]),
                             ("connect", "disconnect"))
            # All of the dialogue is there.
            dialogue = "\n".join(s.log("selor"))
            for word in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT",
                         "nobody@example.test"):
                self.assertIn(word, dialogue)
            accepted = events(s.log("summary"), "accepted")[0][3]
            self.assertEqual(accepted["session"], sessions.pop())
            self.assertEqual(accepted["id"], ident)
            self.assertEqual(accepted["sender"], "a@client.test")
            delivered = events(s.log("summary"), "delivered")[0][3]
            self.assertEqual(delivered["id"], ident)
            self.assertEqual(delivered["recipient"], "user@example.test")
            self.assertEqual(delivered["size"], accepted["size"])
            refused = events(s.log("refused"))[0][3]
            self.assertEqual(refused["ip"], "127.0.0.1")
            self.assertEqual(refused["rcpt"], "nobody@example.test")
            self.assertIn("No such user", refused["text"])

    def test_hostile_text_stays_on_its_line(self):
        with Suite() as s:
            with smtp.Client(s.port) as c:
                c.cmd("EHLO x\x1b[31my")
                c.send(b"MAIL FROM:<a\xff\x00\x0bb@client.test>\r\n")
                c.reply()
                c.send(b'NOOP " event=forged session="\\\r\n')
                c.reply()
                c.cmd("QUIT")
            s.wait_log(" disconnect ", name="selor")
            raw = "\n".join(s.log("selor"))
            self.assertFalse([ch for ch in raw
                              if ch != "\n" and not " " <= ch <= "~"])
            for e in events(s.log("selor")):
                self.assertIn("session", e[3])
                self.assertNotEqual(e[3].get("event"), "forged")

    def test_no_credentials(self):
        secret = base64.b64encode(b"\0user\0s3cret-word").decode()
        with Suite() as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.cmd(f"AUTH PLAIN {secret}")
                c.cmd(f"auth  plain {secret}")
                c.cmd("QUIT")
            s.wait_log(" disconnect ", name="selor")
            for name in ("selor", "summary", "warning", "refused"):
                self.assertNotIn(secret, "\n".join(s.log(name)))
            self.assertRegex("\n".join(s.log("selor")), "AUTH")

    def test_json(self):
        with Suite(options=['Log_format "json"']) as s:
            with smtp.Client(s.port) as c:
                c.cmd('EHLO a"b\\c')
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, "RCPT TO:<user@example.test>")
                c.expect(354, "DATA")
                c.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
                self.assertEqual(c.reply().code, 250)
            s.maildir().wait(1)
            s.wait_log('"event":"delivered"', name="summary")
            s.wait_log('"event":"disconnect"', name="selor")
            # The parent's own lines too.
            self.assertTrue(any("is up" in x for x in s.log("warning")))
            for name in ("selor", "summary", "warning"):
                for line in s.log(name):
                    row = json.loads(line)
                    self.assertIn("time", row)
                    self.assertIn("event", row)
            found = [json.loads(x) for x in s.log("selor")]
            self.assertIn('EHLO a"b\\c', [r.get("line") for r in found])

    def test_zone(self):
        with Suite(options=['Timezone "-0330"']) as s:
            self.deliver(s)
            self.assertTrue(events(s.log("summary"))[0][0]
                            .endswith("-0330"))
            for line in s.log("warning"):
                self.assertRegex(line, r"^[-0-9T:.]+-0330 ")
            message = s.maildir().raw()[0]
            self.assertRegex(message, rb"(?s)\nReceived: .*? -0330")

    def test_refused_log_is_off_by_default(self):
        with Suite(options=['Refused_log ""']) as s:
            self.deliver(s)
            self.assertFalse(os.path.exists(s.path("log/refused.log")))
            self.assertEqual(s.log("refused"), [])

    @unittest.skipIf(os.path.exists("/dev/log"), "a syslog runs here")
    def test_syslog(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind("/dev/log")
            self.addCleanup(os.unlink, "/dev/log")
            os.chmod("/dev/log", 0o666)
            log.settimeout(0.2)
            # Read as they come, as a syslog does: the socket holds few.
            seen, done = [], threading.Event()

            def read():
                while not done.is_set():
                    try:
                        seen.append(log.recv(8192))
                    except socket.timeout:
                        pass
            reader = threading.Thread(target=read)
            reader.start()
            try:
                with Suite(options=["Log_syslog 1"]) as s:
                    self.deliver(s)
                    procs.wait_for(
                        lambda: [x for x in seen if b" delivered " in x],
                        10, "a line at syslog")
                    procs.wait_for(
                        lambda: [x for x in seen if b"is up" in x],
                        10, "a line of the parent at syslog")
            finally:
                done.set()
                reader.join()
            # Other programs of the machine write to this socket too.
            odd = [x for x in seen if b"selor[" in x and not re.match(
                rb"<(2[0-3]|1[6-9])>selor\[\d+\]: ", x)]
            self.assertEqual(odd, [])


if __name__ == "__main__":
    unittest.main()
