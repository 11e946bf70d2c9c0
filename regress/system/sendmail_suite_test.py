"""sendmail as programs use it: what it sends, what it adds, how it fails,
and that a message left while the suite is down arrives at its next start."""

import os
import pwd
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
from sink import Sink  # noqa: E402
from suite import SLOW, Suite, program  # noqa: E402

USERS = {f"{u}@example.test": {} for u in ("user", "bob", "carol", "dan")}


def sendmail(s, *args, text="Subject: one\n\nhello\n", wrap=()):
    if isinstance(text, str):
        text = text.encode()
    r = subprocess.run(
        [*wrap, program("sbin/sendmail"), "-C", s.path("selor.conf"), *args],
        input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=60 * SLOW, check=False)
    r.stdout, r.stderr = r.stdout.decode(), r.stderr.decode()
    return r


def messages(s, user="user", n=1):
    box = s.maildir(f"{user}@example.test")
    box.wait(n)
    return [m if isinstance(m, bytes) else open(m, "rb").read()
            for m in box.files()]


class OneTaken:
    """A server that takes one recipient a transaction, and after the first
    message none for now."""

    def __init__(self, path):
        self.taken = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(5)

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        try:
            while True:
                conn, _ = self.listener.accept()
                with conn, conn.makefile("rwb", buffering=0) as f:
                    f.write(b"220 mx.x.test\r\n")
                    for line in f:
                        f.write(self.answer(line, f) + b"\r\n")
        except OSError:
            pass

    def answer(self, line, f):
        verb = line.split(b" ")[0].strip().upper()
        if verb == b"MAIL":
            self.rcpts = []
        if verb == b"RCPT":
            if self.taken:
                return b"451 4.3.0 not now"
            if self.rcpts:
                return b"452 4.5.3 too many"
            self.rcpts.append(line.strip().split(b":", 1)[1])
        if verb == b"DATA":
            f.write(b"354 go\r\n")
            while f.readline() != b".\r\n":
                pass
            self.taken += self.rcpts
        return b"250 ok"


class Sendmail(unittest.TestCase):
    def ok(self, s, *args, **kw):
        r = sendmail(s, *args, **kw)
        self.assertEqual((r.returncode, r.stderr), (0, ""), r.stdout)
        return r

    def test_adds_what_is_missing(self):
        with Suite(users=USERS) as s:
            self.ok(s, "-F", 'A "B" C.', "user@example.test")
            text, = messages(s)
            me = pwd.getpwuid(os.getuid()).pw_name.encode()
            self.assertIn(b'From: "A \\"B\\" C." <' + me +
                          b"@mx.example.test>\n", text)
            self.assertEqual(text.count(b"\nDate: "), 1)
            self.assertEqual(text.count(b"\nMessage-ID: <"), 1)
            self.assertIn(b"Return-Path: <" + me + b"@mx.example.test>",
                          text)
            self.assertTrue(text.endswith(b"\n\nhello\n"), text)

    def test_keeps_what_is_there(self):
        head = ("From: x@client.test\nDate: Sun, 22 Nov 2026 08:00:00 +0000\n"
                "Message-ID: <1@client.test>\nTo: u\n")
        with Suite(users=USERS) as s:
            self.ok(s, "-f", "f@client.test", "user@example.test",
                    text=head + "\nbody\n")
            text, = messages(s)
            self.assertTrue(text.endswith(head.encode() + b"\nbody\n"), text)
            self.assertIn(b"Return-Path: <f@client.test>", text)

    def test_no_header_at_all(self):
        with Suite(users=USERS) as s:
            self.ok(s, "user@example.test", text="just text: or not\n")
            self.ok(s, "bob@example.test", text="two words\n\nmore")
            self.assertIn(b"\n\ntwo words\n\nmore\n",
                          messages(s, "bob")[0])
            self.assertIn(b"\n\njust text: or not\n", messages(s)[0])

    def test_dots(self):
        body = "Subject: d\n\n.one\n..two\n.\nrest\n"
        with Suite(users=USERS) as s:
            self.ok(s, "user@example.test", text=body)
            self.ok(s, "-i", "bob@example.test", text=body)
            self.ok(s, "-oi", "-oem", "carol@example.test",
                    text=body.replace("\n", "\r\n"))
            self.assertTrue(messages(s)[0].endswith(b"\n.one\n..two\n"))
            for user in "bob", "carol":
                self.assertTrue(messages(s, user)[0].endswith(
                    b"\n.one\n..two\n.\nrest\n"), user)

    def test_recipients_from_the_header(self):
        text = ('To: "Last, First" <user@example.test>,\n'
                "  Friends (of (mine)): bob@example.test;\n"
                "Cc:\n carol@example.test (not@this.test)\n"
                "Bcc: dan@example.test\nSubject: t\n\nx\n")
        with Suite(users=USERS) as s:
            self.ok(s, "-t", text=text)
            for user in "user", "bob", "carol", "dan":
                got, = messages(s, user)
                self.assertNotIn(b"Bcc", got)
                self.assertIn(b"Last, First", got)

    def test_recipients_of_a_message_sent_again(self):
        text = ("To: user@example.test\nResent-To: bob@example.test\n"
                "\nx\n")
        with Suite(users=USERS) as s:
            self.ok(s, "-t", "-i", text=text)
            messages(s, "bob")
            self.assertEqual(len(s.maildir("user@example.test").ids()), 0)

    def test_failures(self):
        with Suite(users=USERS) as s:
            for status, args, text in (
                    (64, [], "x\n"),
                    (64, ["-t"], "Subject: nobody\n\nx\n"),
                    (64, ["-bd"], ""),
                    (64, ["-N", "sometimes", "user@example.test"], "x"),
                    (64, ["-R", "half", "user@example.test"], "x"),
                    (65, ["-t"], "To: a b c\n\nx\n"),
                    (65, ["-t"], "To: <user@example.test\n\nx\n"),
                    (65, ["-f", "a b", "user@example.test"], "x\n"),
                    (65, ["user@example.test"],
                     "X: " + "y" * (2 << 20) + "\n\nx\n"),
                    (67, ["nobody@example.test"], "x\n")):
                r = sendmail(s, *args, text=text)
                self.assertEqual(r.returncode, status, (args, r.stderr))
                self.assertEqual(len(r.stderr.splitlines()), 1, r.stderr)
            # One is refused; the others get it.
            r = sendmail(s, "nobody@example.test", "user@example.test")
            self.assertEqual(r.returncode, 67)
            self.assertRegex(r.stderr, r"nobody@example.test: 550 ")
            messages(s)

    def test_too_large_is_refused(self):
        with Suite(users=USERS, options=["Max_mail_size 100"]) as s:
            r = sendmail(s, "user@example.test",
                         text="Subject: l\n\n" + ("x" * 70 + "\n") * 20000)
            self.assertEqual(r.returncode, 69, r.stderr)

    def test_large_message(self):
        body = "".join(f"line {i} of a body\n" for i in range(200000))
        with Suite(users=USERS) as s:
            self.ok(s, "user@example.test", text="Subject: b\n\n" + body)
            self.assertTrue(messages(s)[0].endswith(
                b"\n\n" + body.encode()))

    def test_more_recipients_than_a_transaction_takes(self):
        with Suite(users=USERS, options=["Max_rcpts 2"]) as s:
            self.ok(s, *USERS)
            for address in USERS:
                s.maildir(address).wait(1)
                self.assertEqual(len(messages(
                    s, address.split("@", 1)[0])), 1)

    def test_parameters(self):
        with Suite(users=USERS) as s:
            r = self.ok(s, "-v", "-N", "success,delay", "-R", "hdrs", "-V",
                        "an id+1", "-f", "f@client.test",
                        "user@example.test", text="Subject: \xe9\n\nx\n")
            self.assertIn("ENVID=an+20id+2B1", r.stdout)
            self.assertIn("RET=HDRS", r.stdout)
            self.assertIn("NOTIFY=SUCCESS,DELAY", r.stdout)
            self.assertIn("BODY=8BITMIME", r.stdout)
            self.assertIn("<<< 250", r.stdout)
            r = self.ok(s, "-v", "-f", "<>", "user@example.test")
            self.assertIn("MAIL FROM:<>", r.stdout)

    def test_smtp_on_standard_input(self):
        with Suite(users=USERS) as s:
            r = self.ok(s, "-bs", text=(
                "EHLO x\r\nMAIL FROM:<a@client.test>\r\n"
                "RCPT TO:<user@example.test>\r\nDATA\r\n"
                "Subject: bs\r\n\r\nx\r\n.\r\nQUIT\r\n"))
            self.assertIn("220 mx.example.test", r.stdout)
            self.assertIn("221 ", r.stdout)
            messages(s)

    def test_relays_for_local_users(self):
        with Sink() as sink:
            with Suite(users=USERS,
                       options=[f"Mx_port {sink.port}"]) as s:
                self.ok(s, "far@[127.0.0.1]")
                self.assertIn(b"far@", sink.wait(1)[0].rcpts[0])

    def test_modes_of_other_names(self):
        with Suite(users=USERS) as s:
            self.assertEqual(self.ok(s, "-bp").stdout,
                             "Mail queue is empty\n")
            self.assertIn("at once", self.ok(s, "-bi").stdout)
            self.assertIn("0 messages", self.ok(s, "-q").stdout)
            self.assertIn("0 messages", self.ok(s, "-q30m").stdout)


class Offline(unittest.TestCase):
    def files(self, s):
        return sorted(os.listdir(s.path("offline")))

    def keep(self, s, *args, **kw):
        r = sendmail(s, *args, **kw)
        self.assertEqual((r.returncode, r.stderr), (0, ""))

    def test_taken_in_at_the_next_start(self):
        with Suite(users=USERS) as s:
            s.stop()
            self.keep(s, "user@example.test", "bob@example.test",
                      text="Subject: off\n\n.dot\n")
            name, = self.files(s)
            self.assertNotEqual(name[0], ".")
            mode = os.stat(s.path("offline", name)).st_mode
            self.assertEqual(mode & 0o777, 0o600)
            s.start()
            for user in "user", "bob":
                self.assertTrue(messages(s, user)[0].endswith(
                    b"\n\n.dot\n"))
            procs.wait_for(lambda: not self.files(s), 10 * SLOW,
                           "an empty Offline_path")

    def test_an_ordinary_user(self):
        if os.getuid() != 0:
            self.fail("needs root to be another user")
        wrap = ["setpriv", "--reuid=nobody", "--regid=nogroup",
                "--clear-groups", "--"]
        with Suite(users=USERS) as s:
            reach = subprocess.run(
                [*wrap, "test", "-x", program("sbin/sendmail")],
                check=False)
            self.assertEqual(reach.returncode, 0,
                             "nobody can not reach the build")
            self.keep(s, "user@example.test", wrap=wrap)
            self.assertIn(b"Return-Path: <nobody@mx.example.test>",
                          messages(s)[0])
            s.stop()
            self.keep(s, "bob@example.test", wrap=wrap)
            name, = self.files(s)
            self.assertEqual(os.stat(s.path("offline", name)).st_uid,
                             pwd.getpwnam("nobody").pw_uid)
            s.start()
            messages(s, "bob")
            procs.wait_for(lambda: not self.files(s), 10 * SLOW,
                           "an empty Offline_path")

    def test_refused_for_good_goes_back(self):
        """Not lost: the sender gets it with the reason."""
        with Suite(users=USERS) as s:
            s.stop()
            self.keep(s, "-f", "bob@example.test", "nobody@example.test",
                      "user@example.test", text="Subject: off\n\nmine\n")
            s.start()
            messages(s)
            notice, = messages(s, "bob")
            self.assertIn(b"Return-Path: <>", notice)
            self.assertIn(b"<nobody@example.test>: 550 ", notice)
            self.assertIn(b"\nmine\n", notice)
            procs.wait_for(lambda: not self.files(s), 10 * SLOW,
                           "an empty Offline_path")

    def test_the_rest_is_kept_when_some_have_it(self):
        """Who tries again would send it twice: what a later transaction can
        not deliver now is kept for those who wait."""
        with tempfile.TemporaryDirectory() as d, OneTaken(
                os.path.join(d, "sock.submit")) as server:
            os.mkdir(os.path.join(d, "offline"))
            with open(os.path.join(d, "selor.conf"), "w",
                      encoding="ascii") as f:
                f.write(f'Control_socket "{d}/sock"\n'
                        f'Offline_path "{d}/offline"\n')
            r = subprocess.run(
                [program("sbin/sendmail"), "-C", f"{d}/selor.conf", "-f",
                 "a@x.test", "one@x.test", "two@x.test", "three@x.test"],
                input=b"Subject: s\n\nhello\n", capture_output=True,
                timeout=60 * SLOW, check=False)
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertIn(b"451", r.stderr)
            self.assertEqual(server.taken, [b"<one@x.test>"])
            name, = os.listdir(f"{d}/offline")
            with open(f"{d}/offline/{name}", "rb") as f:
                kept = f.read()
            self.assertIn(b"rcpt 10:two@x.test\n", kept)
            self.assertIn(b"rcpt 12:three@x.test\n", kept)
            self.assertNotIn(b"one@x.test", kept)

    def test_a_damaged_file_stays(self):
        with Suite(users=USERS) as s:
            s.stop()
            self.keep(s, "user@example.test")
            name, = self.files(s)
            path = s.path("offline", name)
            with open(path, "r+b") as f:
                f.truncate(os.path.getsize(path) - 3)
            s.start()
            s.wait_log(name, 10 * SLOW)
            self.assertEqual(self.files(s), [name])
            self.assertEqual(len(s.maildir("user@example.test").ids()), 0)

    def test_nowhere_to_keep_it(self):
        with Suite(users=USERS) as s:
            s.stop()
            os.rename(s.path("offline"), s.path("elsewhere"))
            r = sendmail(s, "user@example.test")
            self.assertEqual(r.returncode, 75)
            self.assertIn("can not keep", r.stderr)


if __name__ == "__main__":
    unittest.main()
