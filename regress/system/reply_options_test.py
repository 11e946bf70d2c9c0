"""Each Msg_* option of receiving: its text is what the client reads.  The
texts differ from the defaults, so a reply that ignores its option fails."""

import os
import shutil
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns
import smtp
from suite import Suite

TIMEOUT = 240
LATER = b"Received: from a.test by b.test; Sun, 22 Nov 2026 08:00:00 +0000"
TEXTS = {
    "Msg_ok": "250 t-ok", "Msg_goodbye": "221 t-goodbye",
    "Msg_invalid_cmd": "500 t-invalid-cmd",
    "Msg_invalid_param": "501 t-invalid-param",
    "Msg_sequence_error": "503 t-sequence",
    "Msg_allowed_sender": "250 t-sender", "Msg_allowed_rcpt": "250 t-rcpt",
    "Msg_no_mailbox": "550 t-no-mailbox",
    "Msg_toomany_rcpts": "452 t-toomany",
    "Msg_relay_denied": "550 t-relay", "Msg_send_body": "354 t-body",
    "Msg_mail_accepted": "250 t-accepted",
    "Msg_mail_toobig": "552 t-mail-toobig",
    "Msg_header_toobig": "554 t-header-toobig",
    "Msg_full_mailbox": "552 t-full",
    "Msg_mailbox_unavaibble": "451 t-unavailable",
    "Msg_invalid_domain": "553 t-domain:",
    "Msg_internal_error": "451 t-internal",
    "Msg_transaction_falied": "554 t-transaction",
    "Msg_welcome": "220 t-welcome",
}
USERS = {"user@example.test": {}, "other@example.test": {},
         "full@example.test": {"quota": 10, "used": 20}}


def options(*more):
    return [f'{k} "{v}"' for k, v in TEXTS.items()] + list(more)


class Replies(unittest.TestCase):
    def check(self, reply, option, code=None):
        want, text = TEXTS[option].split(" ", 1)
        self.assertEqual(reply.code, code or int(want), reply)
        self.assertIn(text, reply.text, option)

    def test_dialogue(self):
        with Suite(users=USERS, options=options("Max_rcpts 2",
                                                "Auth_relay 0")) as s:
            with smtp.Client(s.port) as c:
                self.check(c.greeting, "Msg_welcome")
                self.check(c.cmd("FOO"), "Msg_invalid_cmd")
                self.check(c.cmd("MAIL FROM:<a@client.test>"),
                           "Msg_sequence_error")
                c.ehlo()
                self.check(c.cmd("NOOP"), "Msg_ok")
                self.check(c.cmd("RCPT TO:<user@example.test>"),
                           "Msg_sequence_error")
                self.check(c.cmd("MAIL FROM:<a@@b>"), "Msg_invalid_param")
                self.check(c.cmd("MAIL FROM:<a@client.test> SIZE=99999999999"),
                           "Msg_mail_toobig")
                self.check(c.cmd("MAIL FROM:<a@client.test>"),
                           "Msg_allowed_sender")
                self.check(c.cmd("RCPT TO:<none@example.test>"),
                           "Msg_no_mailbox")
                self.check(c.cmd("RCPT TO:<full@example.test>"),
                           "Msg_full_mailbox")
                self.check(c.cmd("RCPT TO:<x@elsewhere.test>"),
                           "Msg_relay_denied")
                self.check(c.cmd("RCPT TO:<user@example.test>"),
                           "Msg_allowed_rcpt")
                self.check(c.cmd("RCPT TO:<other@example.test>"),
                           "Msg_allowed_rcpt")
                self.check(c.cmd("RCPT TO:<user@example.test>"),
                           "Msg_toomany_rcpts")
                self.check(c.cmd("DATA"), "Msg_send_body")
                c.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
                reply = c.reply()
                self.check(reply, "Msg_mail_accepted")
                # The id stands before the text.
                self.assertRegex(reply.text, r"\d+_\d+ t-accepted")
                self.check(c.cmd("RSET"), "Msg_ok")
                self.check(c.cmd("QUIT"), "Msg_goodbye")

    def data(self, c, content):
        c.expect(250, "MAIL FROM:<a@client.test>")
        c.expect(250, "RCPT TO:<user@example.test>")
        c.expect(354, "DATA")
        c.send(content + b"\r\n.\r\n")
        return c.reply()

    def test_sizes(self):
        more = ("Max_mail_size 20000", "Max_header_size 1000")
        with Suite(options=options(*more)) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                self.check(self.data(c, b"Subject: x\r\n\r\n"
                                     + b"y" * 70 * 400), "Msg_mail_toobig")
                self.check(self.data(c, b"X: y\r\n" * 300 + b"\r\nx"),
                           "Msg_header_toobig")
                # Beside both limits, below: accepted on the same session.
                self.check(self.data(c, b"X: y\r\n" * 20 + b"\r\n"
                                     + b"y\r\n" * 4000), "Msg_mail_accepted")
            s.maildir().wait(1)

    def test_hops(self):
        with Suite(options=options("Max_received 5")) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                hop = LATER + b"\r\n"
                self.check(self.data(c, hop * 6 + b"\r\nx"),
                           "Msg_transaction_falied")
                self.check(self.data(c, hop * 5 + b"\r\nx"),
                           "Msg_mail_accepted")

    def test_domains(self):
        folder = tempfile.mkdtemp(prefix="dns.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with dns.Dns(folder) as server:
            server.add("client.test. A 127.0.0.1")
            more = ("From_level_check 1",)
            with Suite(options=options(*more), dns=server) as s:
                with smtp.Client(s.port) as c:
                    c.ehlo()
                    reply = c.cmd("MAIL FROM:<a@gone.test>")
                    self.check(reply, "Msg_invalid_domain")
                    self.assertIn("t-domain: gone.test", reply.text)
                    c.expect(250, "MAIL FROM:<a@client.test>")
                server.stop()
                with smtp.Client(s.port, timeout=60) as c:
                    c.ehlo()
                    # Trouble is for now, never for good.
                    reply = c.cmd("MAIL FROM:<a@never-asked.test>")
                    self.assertEqual(reply.code, 451, reply)

    def test_table_that_can_not_be_read(self):
        s = Suite(options=options())
        os.unlink(s.path("module/mailboxes"))
        with s:
            with smtp.Client(s.port, timeout=60) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                self.check(c.cmd("RCPT TO:<user@example.test>"),
                           "Msg_mailbox_unavaibble")

    def test_internal_error(self):
        """queued can not be asked: 451 with our text, and later all is
        well."""
        with Suite(options=options()) as s:
            with smtp.Client(s.port, timeout=90) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, "RCPT TO:<user@example.test>")
                pid = s.pid("queued")
                os.kill(pid, signal.SIGSTOP)
                try:
                    c.send(b"DATA\r\n")
                    self.assertTrue(c.silent(1))
                finally:
                    os.kill(pid, signal.SIGKILL)
                reply = c.reply()
                self.assertIn(reply.code, (421, 451), reply)
                if reply.code == 451:
                    self.check(reply, "Msg_internal_error")


if __name__ == "__main__":
    unittest.main()
