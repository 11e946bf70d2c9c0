"""Rules in the dialogue with clients: what each verdict does at each event,
and each effect that a client, the logs or what arrives can show.  Which rules
give which verdict is tested closer to ruled."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import smtp  # noqa: E402
from suite import Suite  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"


def inline(event, rule):
    """An option with one line of rules."""
    return f"Event.{event} '{rule}'"


def to_rcpt(c, rcpt=USER, sender="a@client.test"):
    c.ehlo()
    c.expect(250, f"MAIL FROM:<{sender}>")
    return c.cmd(f"RCPT TO:<{rcpt}>")


def to_data(c, rcpt=USER, sender="a@client.test"):
    reply = to_rcpt(c, rcpt, sender)
    assert reply.code == 250, reply
    return c.cmd("DATA")


def full(c, rcpt=USER, sender="a@client.test"):
    """A message through all commands; the last reply."""
    reply = to_data(c, rcpt, sender)
    assert reply.code == 354, reply
    c.send(b"Subject: x\r\n\r\nhello\r\n.\r\n")
    return c.reply()


def bdat(c):
    reply = to_rcpt(c)
    assert reply.code == 250, reply
    return c.cmd("BDAT 14 LAST\r\nSubject: x\r\n")


# How far to go for the reply of an event.
STEPS = {
    "connection": lambda c: c.greeting,
    "helo": lambda c: c.cmd("HELO client.test"),
    "from": lambda c: c.ehlo() and c.cmd("MAIL FROM:<a@client.test>"),
    "rcpt": to_rcpt,
    "data_cmd": to_data,
    "data": full,
}
# The code and text when nothing is said, and of a refusal without text.
USUAL = {
    "connection": (b"220 mx.example.test ESMTP\r\n", b"554 Refused\r\n"),
    "helo": (b"250 mx.example.test\r\n", b"550 5.7.1 Refused\r\n"),
    "from": (b"250 2.1.0 Sender allowed\r\n", b"550 5.7.1 Refused\r\n"),
    "rcpt": (b"250 2.1.5 Rcpt allowed\r\n", b"550 5.7.1 Refused\r\n"),
    "data_cmd": (b"354 Ok\r\n", b"550 5.7.1 Refused\r\n"),
    "data": (None, b"550 5.7.1 Refused\r\n"),
}
EVENTS = [e for e in STEPS if e != "data"]


class Verdicts(unittest.TestCase):
    def at(self, s, event):
        c = smtp.Client(s.port)
        self.addCleanup(c.close)
        return c, STEPS[event](c)

    def test_each_verdict(self):
        """Deny!, Close!, Stop!, Accept!, Reply! at each event."""
        with Suite() as s:
            for event in EVENTS:
                usual, refused = USUAL[event]
                for rule, want, ends in (
                        ("Deny!", refused, event == "connection"),
                        ("Close!", b"421 4.7.1 mx.example.test closing\r\n",
                         True),
                        ("Stop! Deny!", usual, False),
                        ("Add_hits! \"1\"", usual, False),
                        ("Ip? \"127.0.0.1\" Stop!", usual, False),
                        ("!Ip? \"127.0.0.1\" Deny!", usual, False)):
                    with self.subTest(event=event, rule=rule):
                        s.reload([inline(event, rule)])
                        c, reply = self.at(s, event)
                        if rule == "Close!" and event in ("connection",):
                            want = b"421 mx.example.test closing\r\n"
                        self.assertEqual(reply.raw, want)
                        if ends:
                            self.assertEqual(c.closed(), b"")
                        elif reply.code != 354:
                            c.expect(250, "NOOP")

    def test_reply(self):
        """With a verdict it is the text of that; alone it is heeded."""
        with Suite() as s:
            for event in EVENTS:
                plain = event == "connection"
                enhanced = "" if plain else "5.7.1 "
                for rule, want in (
                        ('Reply! "571 go away" Deny!',
                         f"571 {enhanced}go away\r\n"),
                        ('Deny! Reply! "go away"',
                         f"{'554' if plain else '550'} {enhanced}"
                         "go away\r\n"),
                        ('Reply! "450 later"',
                         "450 " + enhanced.replace("5.", "4.", 1)
                         + "later\r\n")):
                    with self.subTest(event=event, rule=rule):
                        s.reload([inline(event, rule)])
                        c, reply = self.at(s, event)
                        self.assertEqual(reply.raw, want.encode())

    def test_reply_of_success(self):
        with Suite() as s:
            for event, want in (
                    ("connection", b"220 mx.example.test welcome\r\n"),
                    ("helo", b"250 welcome\r\n"),
                    ("from", b"250 2.1.0 welcome\r\n"),
                    ("rcpt", b"250 2.1.5 welcome\r\n"),
                    ("data_cmd", b"354 welcome\r\n")):
                with self.subTest(event=event):
                    s.reload([inline(event, 'Reply! "welcome"')])
                    c, reply = self.at(s, event)
                    self.assertEqual(reply.raw, want)
            # EHLO keeps its extensions; and nothing of it is said twice.
            s.reload([inline("helo", 'Reply! "welcome"'),
                      inline("from", 'Reply! "one"'),
                      inline("rcpt", 'Reply! "two"'),
                      inline("data_cmd", 'Reply! "three"')])
            with smtp.Client(s.port) as c:
                reply = c.cmd("EHLO x")
                self.assertEqual(reply.lines[0], "welcome")
                self.assertIn("PIPELINING", reply.lines)
                reply = full(c)
                self.assertTrue(reply.text.endswith("Msg accepted"), reply)
            with smtp.Client(s.port) as c:
                reply = bdat(c)
                self.assertTrue(reply.text.endswith("Msg accepted"), reply)

    def test_refused_log(self):
        with Suite(options=[inline("rcpt", "Deny!")]) as s:
            with smtp.Client(s.port) as c:
                to_rcpt(c)
            line = s.wait_log("event=rcpt", name="refused")[0]
            self.assertIn("rule=Event.rcpt:1", line)
            self.assertIn(f"rcpt={USER}", line)
            self.assertIn("from=a@client.test", line)

    def test_chunks(self):
        """A refused BDAT is answered once, behind its octets."""
        with Suite(options=[inline("data_cmd", 'Deny! Reply! "no"')]) as s:
            with smtp.Client(s.port) as c:
                self.assertEqual(bdat(c).raw, b"550 5.7.1 no\r\n")
                self.assertTrue(c.silent(0.1))
                # The transaction is over, the session is not.
                self.assertEqual(bdat(c).raw, b"550 5.7.1 no\r\n")
            self.assertEqual(s.queue_length(), 0)


class Session(unittest.TestCase):
    def test_pipelining(self):
        """Events come in the order of commands, one after the other."""
        rules = [inline("from", 'Add_hits! "7"'),
                 inline("rcpt", 'Itest? "%n>2" Deny! Reply! "too many %n"'),
                 inline("data_cmd", 'Itest? "%H=7" Reply! "354 marked"')]
        with Suite(options=rules) as s, smtp.Client(s.port) as c:
            c.ehlo()
            got = c.pipeline("MAIL FROM:<a@client.test>",
                             *[f"RCPT TO:<{USER}>"] * 4, "DATA")
            self.assertEqual([g.code for g in got],
                             [250, 250, 250, 550, 550, 354])
            self.assertEqual(got[3].text, "5.7.1 too many 3")
            self.assertEqual(got[5].text, "marked")
            c.send(b"A: b\r\n\r\n.\r\n")
            self.assertEqual(c.reply().code, 250)

    def test_ruled_goes(self):
        """Who had a policy is told to come again; who comes finds rules."""
        with Suite(options=[inline("connection", 'Add_hits! "1"'),
                            inline("rcpt", '!Itest? "%H=1" Deny!')]) as s:
            with smtp.Client(s.port) as c, smtp.Client(s.port) as d:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                old = s.pid("ruled")
                s.kill9("ruled")
                s.wait_restarted("ruled", old)
                reply = c.cmd(f"RCPT TO:<{USER}>")
                self.assertEqual(reply.code, 421)
                self.assertEqual(c.closed(), b"")
                self.assertEqual(d.cmd("NOOP").code, 421)
            with smtp.Client(s.port) as c:
                self.assertEqual(full(c).code, 250)
            s.maildir().wait(1)

    def test_no_rules_no_policy(self):
        """A session without rules does not need ruled."""
        with Suite() as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                s.kill9("ruled")
                self.assertEqual(full(c).code, 250)


class Options(unittest.TestCase):
    """Def!, read by the session."""

    def test_session_options(self):
        with Suite(options=[inline("connection", 'Def! "Max_rcpts 1" '
                                   'Def! "Server_name own.example.test" '
                                   'Def! "Max_msgs_per_cnx 1"')]) as s:
            with smtp.Client(s.port) as c:
                self.assertEqual(c.greeting.raw,
                                 b"220 own.example.test ESMTP\r\n")
                reply = c.cmd("EHLO x")
                self.assertEqual(reply.lines[0], "own.example.test")
                self.assertIn("LIMITS MAILMAX=1 RCPTMAX=1", reply.lines)
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(452, f"RCPT TO:<{USER}>")
                c.expect(250, "RSET")
                # RSET does not undo it (A28).
                reply = c.cmd("MAIL FROM:<a@client.test>")
                self.assertEqual(reply.code, 421)

    def test_texts_and_domain(self):
        with Suite(options=[
                inline("helo", 'Def! "Msg_refused \'551 own text\'" '
                       'Def! "Msg_no_mailbox \'550 nobody here\'" '
                       'Def! "Df_domain example.test"'),
                inline("from", 'Helo? "bad" Deny!')]) as s:
            with smtp.Client(s.port) as c:
                c.ehlo("bad")
                self.assertEqual(c.cmd("MAIL FROM:<>").raw,
                                 b"551 5.7.1 own text\r\n")
                c.ehlo("good")
                c.expect(250, "MAIL FROM:<someone>")
                self.assertEqual(c.cmd("RCPT TO:<nobody>").raw,
                                 b"550 5.1.1 nobody here\r\n")
                c.expect(250, "RCPT TO:<user>")

    def test_event_rcpt(self):
        """Rules that come by Def! for this connection alone."""
        with Suite(options=[
                "Event.helo \"Helo? 'strict' Def! \"Event.rcpt "
                "'To? %%%\"user@example.test%%%\" Deny!'\"\""]) as s:
            with smtp.Client(s.port) as c:
                c.ehlo("strict")
                c.expect(250, "MAIL FROM:<>")
                c.expect(550, f"RCPT TO:<{USER}>")
            with smtp.Client(s.port) as c:
                c.ehlo("lax")
                c.expect(250, "MAIL FROM:<>")
                c.expect(250, f"RCPT TO:<{USER}>")


if __name__ == "__main__":
    unittest.main()
