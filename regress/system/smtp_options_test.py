"""What options make of the dialogue, through the whole suite: one suite a
row, its lines, and how each reply begins."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import ports  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW, Suite  # noqa: E402

USER = "user@example.test"
# "postmaster" alone is the mailbox that the option Postmaster names.
USERS = {USER: {}, "postmaster@example.test": {}}
MAIL, RCPT = "MAIL FROM:<a@b.test>", f"RCPT TO:<{USER}>"
SHORT = ("DATA", "354 "), ("A: b\r\n\r\nx\r\n.", "250 2.0.0 ")
LONG = "A: b\r\n\r\n" + ("x" * 70 + "\r\n") * 40 + "."
HEADER = "".join(f"X-{i}: " + "x" * 60 + "\r\n" for i in range(40)) + "\r\n."
HOPS = "Received: x\r\n" * 6 + "\r\n."

ROWS = (
    ("defaults", [], [
        (MAIL, "503 5.5.1 Invalid sequence"), ("EHLO x", "250-mx."),
        (MAIL, "250 2.1.0 Sender allowed"), (RCPT, "250 2.1.5 Rcpt allowed"),
        ("RCPT TO:<no@example.test>", "550 5.1.1 No such user"),
        ("RCPT TO:<a@far.test>", "550 5.7.1 Auth required"),
        ("RCPT TO:<-x@example.test>", "501 5.1.3 Invalid parameter"),
        ("RCPT TO:<postmaster>", "250 2.1.5 "), *SHORT,
        ("VRFY x", "252 "), ("EXPN x", "502 "), ("HELP", "214-"),
        ("FOO", "500 5.5.1 Invalid command"), ("QUIT", "221 2.0.0 Ok")]),
    ("texts", ["Auth_relay 0", 'Msg_ok "250 Fine"', 'Msg_no_mailbox "553 Who"',
               'Msg_relay_denied "551 Far"', 'Msg_send_body "354 Go"',
               'Msg_mail_accepted "250 Kept"', 'Msg_goodbye "221 Bye"',
               'Msg_invalid_cmd "502 What"'], [
        ("EHLO x", "250-"), ("NOOP", "250 2.0.0 Fine"), (MAIL, "250 "),
        ("RCPT TO:<no@example.test>", "553 5.1.1 Who"),
        ("RCPT TO:<a@far.test>", "551 5.7.1 Far"), (RCPT, "250 "),
        ("DATA", "354 Go"), ("A: b\r\n\r\n.", "250 2.0.0 "),
        ("FOO", "502 5.5.1 What"), ("QUIT", "221 2.0.0 Bye")]),
    ("recipients", ["Max_rcpts 1"], [
        ("EHLO x", "250-"), (MAIL, "250 "), (RCPT, "250 "),
        (RCPT, "452 4.5.3 Too many recipients"), *SHORT]),
    ("messages", ["Max_msgs_per_cnx 2"], [
        ("EHLO x", "250-"), (MAIL, "250 "), (RCPT, "250 "), *SHORT,
        (MAIL, "250 "), (RCPT, "250 "), *SHORT, (MAIL, "421 4.7.0 ")]),
    ("size", ["Max_mail_size 2000"], [
        ("EHLO x", "250-"), (MAIL + " SIZE=2001", "552 5.3.4 Message too"),
        (MAIL + " SIZE=2000", "250 "), (RCPT, "250 "), ("DATA", "354 "),
        (LONG, "552 5.3.4 Message too big"), (MAIL, "250 "), (RCPT, "250 "),
        *SHORT]),
    ("header", ["Max_header_size 2000"], [
        ("EHLO x", "250-"), (MAIL, "250 "), (RCPT, "250 "), ("DATA", "354 "),
        (LONG, "250 "), (MAIL, "250 "), (RCPT, "250 "), ("DATA", "354 "),
        (HEADER, "554 5.3.4 Header too big")]),
    ("hops", ["Max_received 5"], [
        ("EHLO x", "250-"), (MAIL, "250 "), (RCPT, "250 "), ("DATA", "354 "),
        (HOPS, "554 5.4.6 Transaction error"), (MAIL, "250 "),
        (RCPT, "250 "), *SHORT]),
    ("brackets", ["Proto_level_check 1"], [
        ("EHLO x", "250-"), ("MAIL FROM:a@b.test", "501 5.1.7 "),
        (MAIL, "250 "), ("RCPT TO:" + USER, "501 5.1.3 "), (RCPT, "250 ")]),
    ("domain", ['Df_domain "example.test"'], [
        ("EHLO x", "250-"), ("MAIL FROM:<bare>", "250 "),
        ("RCPT TO:<user>", "250 "), ("RCPT TO:<no>", "550 5.1.1 "), *SHORT]),
    ("no refusals", ["Rcpt_level_check -1"], [
        ("EHLO x", "250-"), (MAIL, "250 "),
        ("RCPT TO:<no@example.test>", "250 2.1.5 ")]),
    ("relay", ['Relay_from "127.0.0.1"'], [
        ("EHLO x", "250-"), (MAIL, "250 "),
        ("RCPT TO:<a@far.test>", "250 2.1.5 ")]),
    ("no relay", ['Relay_from "192.0.2.0/24"'], [
        ("EHLO x", "250-"), (MAIL, "250 "),
        ("RCPT TO:<a@far.test>", "550 5.7.1 ")]),
    ("bare newlines", ['Bare_newline "reject"'], [
        ("EHLO x", "250-"), (MAIL, "250 "), (RCPT, "250 "), ("DATA", "354 "),
        ("A: b\r\n\r\nx\ny\r\n.", "554 5.6.0 "), ("NOOP", "250 ")]),
)


class Options(unittest.TestCase):
    def test_rows(self):
        for name, options, steps in ROWS:
            with self.subTest(name), \
                    Suite(users=USERS, options=options) as s, \
                    smtp.Client(s.port) as c:
                for line, want in steps:
                    got = c.cmd(line).raw.decode()
                    self.assertTrue(got.startswith(want),
                                    f"{line[:60]!r}: {got!r}, not {want!r}")

    def test_submission_relays_for_nobody(self):
        with Suite(options=['Relay_from "127.0.0.1"'],
                   listen=["submission"]) as s, \
                smtp.Client(s.more_ports[0]) as c:
            c.ehlo()
            c.expect(250, MAIL)
            reply = c.expect(550, "RCPT TO:<a@far.test>")
            self.assertIn(b"Auth required", reply.raw)
            c.expect(250, RCPT)

    def test_timeout(self):
        with Suite(options=["Timeout 1"]) as s, smtp.Client(s.port) as c:
            start = time.monotonic()
            self.assertTrue(c.closed(10).startswith(b"421 4.4.2 "))
            self.assertLess(time.monotonic() - start, 3 * SLOW)

    def test_proxy(self):
        with Suite(options=['Proxy_from "127.0.0.1"'],
                   listen=["proxy"]) as s:
            with smtp.Client(s.more_ports[0], banner=False) as c:
                c.send(b"PROXY TCP4 203.0.113.9 127.0.0.1 1234 25\r\n")
                self.assertEqual(c.reply().code, 220)
                c.ehlo()
                c.expect(250, MAIL)
                c.expect(250, RCPT)
                c.expect(354, "DATA")
                c.expect(250, "A: b\r\n\r\nx\r\n.")
            raw = s.maildir().wait(1)[0]
            self.assertIn(b"[203.0.113.9]", raw)
            with smtp.Client(s.more_ports[0], banner=False) as c:
                c.send(b"EHLO x\r\n")
                self.assertEqual(c.closed(), b"")

    def test_ipv6(self):
        port = ports.free()
        with Suite(options=[f'Listen "[::1]:{port}"']) as s:
            reply = smtp.send_message(port, "a@b.test", USER,
                                      smtp.make_message("six"),
                                      address="::1")
            self.assertEqual(reply.code, 250)
            self.assertIn(b"[IPv6:::1]", s.maildir().wait(1)[0])


if __name__ == "__main__":
    unittest.main()
