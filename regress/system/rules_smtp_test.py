"""Rules in the dialogue with clients: what each verdict does at each event,
and each effect that a client, the logs or what arrives can show.  Which rules
give which verdict is tested closer to ruled."""

import os
import re
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import smtp  # noqa: E402
from queue_common import Relay  # noqa: E402
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


def bare(path):
    """The address in a path with its parameters."""
    return path.decode().split(">")[0].lstrip("<")


def from_of(message):
    return bare(message.sender)


def to_of(message):
    return [bare(r) for r in message.rcpts]


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
EVENTS = list(STEPS)


ACCEPTED = rb"^250 2\.0\.0 \d+_\d+ Msg accepted\r\n$"


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
                        if want is None:
                            self.assertRegex(reply.raw, ACCEPTED)
                        else:
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

    def test_data(self):
        """The message is complete and in the spool, and gone when refused;
        the id stays in front of what Reply! says (A24)."""
        rules = [inline("data", 'Find_in_to? "user" Reply! "kept %z %d"')]
        with Suite(options=rules, users={USER: {}, "b@example.test": {}}
                   ) as s:
            with smtp.Client(s.port) as c:
                reply = full(c)
                size, ident = re.fullmatch(
                    r"2\.0\.0 (?P<id>\S+) kept (\d+) (?P=id)",
                    reply.text).group(2, 1)
                s.maildir().wait(1)
                line = s.wait_log(f"accepted id={ident}", name="summary")[0]
                self.assertIn(f"size={size} ", line)
                s.reload([inline("data", "Itest? \"%z>100000\" Deny!")])
                self.assertEqual(full(c).code, 250)
                c.expect(250, "MAIL FROM:<>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(354, "DATA")
                c.send(b"A: b\r\n\r\n" + b"x\r\n" * 50000 + b".\r\n")
                self.assertEqual(c.reply().raw, b"550 5.7.1 Refused\r\n")
                self.assertEqual(bdat(c).code, 250)
            s.maildir().wait(3)
            s.wait_empty()
            self.assertEqual([f for f in os.listdir(s.path("spool"))
                              if f[0] in "cl" and f[1:2].isdigit()], [])

    def test_data_file(self):
        """What %L and %d name can be read, and is the message."""
        rules = [inline("data", "Find_filestr? '%L/c%d|needle' "
                        "Deny!".replace("Find_filestr? '",
                                        "Delimiter! '|' Find_filestr? '")
                        .replace("'", '"'))]
        with Suite(options=rules) as s, smtp.Client(s.port) as c:
            self.assertEqual(full(c).code, 250)
            c.expect(250, "MAIL FROM:<>")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.expect(354, "DATA")
            c.send(b"A: b\r\n\r\na needle here\r\n.\r\n")
            self.assertEqual(c.reply().code, 550)

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


class Permission(unittest.TestCase):
    """Who may relay, and whose domain is looked at."""

    def rcpt(self, c, address):
        return c.cmd(f"RCPT TO:<{address}>").code

    def test_scope(self):
        """In rcpt it is that recipient's, in from the message's, before
        that the connection's (A26)."""
        with Suite(options=[inline("rcpt", 'Find_in_to? "yes" Relay!')]) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<>")
                self.assertEqual(self.rcpt(c, "yes@far.test"), 250)
                self.assertEqual(self.rcpt(c, "no@far.test"), 550)
            s.reload([inline("from", 'From? "good@x.test" Relay!')])
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<good@x.test>")
                self.assertEqual(self.rcpt(c, "a@far.test"), 250)
                c.expect(250, "RSET")
                c.expect(250, "MAIL FROM:<bad@x.test>")
                self.assertEqual(self.rcpt(c, "a@far.test"), 550)
            s.reload([inline("helo", 'Helo? "good" Relay!')])
            with smtp.Client(s.port) as c:
                c.ehlo("good")
                for _ in range(2):
                    c.expect(250, "MAIL FROM:<>")
                    self.assertEqual(self.rcpt(c, "a@far.test"), 250)
                    c.expect(250, "RSET")

    def test_relay_denied(self):
        with Suite(options=['Relay_from "127.0.0.1"',
                            inline("connection", "Relay_denied!")]) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<>")
                reply = c.cmd("RCPT TO:<a@far.test>")
                self.assertEqual(reply.raw, b"550 5.7.1 Relay denied\r\n")
                c.expect(250, f"RCPT TO:<{USER}>")

    def test_accept(self):
        """Domains are not looked at; all else is (A18)."""
        with Relay(options=["From_level_check 1", "Rcpt_level_check 1",
                            inline("from", 'From? "a@missing.test" Accept!'),
                            inline("rcpt", 'To? "b@missing.test" Accept!')
                            ]) as r:
            with smtp.Client(r.suite.port) as c:
                c.ehlo()
                c.expect(553, "MAIL FROM:<b@missing.test>")
                c.expect(250, "MAIL FROM:<a@missing.test>")
                c.expect(553, "RCPT TO:<a@missing.test>")
                c.expect(250, "RCPT TO:<b@missing.test>")
                c.expect(550, "RCPT TO:<nobody@example.test>")


class Message(unittest.TestCase):
    """What becomes of a message."""

    def test_headers_below_received(self):
        rules = [inline("connection", 'Hadd! "X-Client: %i"'),
                 inline("rcpt", 'Hadd! "X-To: %r"')]
        with Suite(options=rules) as s:
            with smtp.Client(s.port) as c:
                self.assertEqual(full(c).code, 250)
                # That of the message is gone, that of the connection not.
                c.expect(250, "MAIL FROM:<>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(250, "RSET")
                self.assertEqual(full(c).code, 250)
            for raw in s.maildir().wait(2):
                header = raw.split(b"\n\n")[0]
                fields = re.findall(rb"^([A-Za-z-]+):", header, re.M)
                at = fields.index(b"Received")
                self.assertEqual(fields[at:], [b"Received", b"X-To",
                                               b"X-Client", b"Subject"])
                self.assertIn(b"X-Client: 127.0.0.1\n", header)

    def test_tchange(self):
        """The client sees its own address accepted; the check is of the
        new one."""
        rules = [inline("rcpt", 'To? "old@gone.test" '
                        'Tchange! "user@example.test"')]
        with Suite(options=rules) as s:
            with smtp.Client(s.port) as c:
                self.assertEqual(full(c, "old@gone.test").code, 250)
                c.expect(250, "MAIL FROM:<>")
                c.expect(550, "RCPT TO:<other@gone.test>")
            s.maildir().wait(1)
            s.reload([inline("rcpt", 'Tchange! "nobody@example.test"')])
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<>")
                c.expect(550, f"RCPT TO:<{USER}>")

    def test_senders(self):
        """Fchange! in from is the message's, in rcpt that recipient's
        (A29)."""
        rules = [inline("from", 'From? "a@client.test" Fchange! "m@x.test"'),
                 inline("rcpt", 'Find_in_to? "own" Fchange! "r@x.test"')]
        with Relay(options=rules, replies={}) as r:
            with smtp.Client(r.suite.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                for name in ("own", "other"):
                    c.expect(250, f"RCPT TO:<{name}@remote.test>")
                c.expect(354, "DATA")
                c.send(b"A: b\r\n\r\nx\r\n.\r\n")
                self.assertEqual(c.reply().code, 250)
            r.sink.wait(2)
            got = {to_of(m)[0]: from_of(m) for m in r.sink.messages}
            self.assertEqual(got, {"own@remote.test": "r@x.test",
                                   "other@remote.test": "m@x.test"})

    def test_copies(self):
        """Cp! needs no permission and counts for nothing; a recipient that
        is one already gets one copy."""
        rules = [inline("from", 'Cp! "archive@example.test"'),
                 inline("rcpt", 'Cp! "user@example.test" '
                        'Cp! "far@remote.test"')]
        users = {USER: {}, "archive@example.test": {}}
        with Relay(options=rules + ['Relay_from ""', "Max_rcpts 1"],
                   users=users, replies={}) as r:
            with smtp.Client(r.suite.port) as c:
                self.assertEqual(full(c).code, 250)
            r.suite.maildir("archive@example.test").wait(1)
            r.suite.maildir().wait(1)
            r.sink.wait(1)
            self.assertEqual(to_of(r.sink.messages[0]), ["far@remote.test"])
            r.suite.wait_empty()
            self.assertEqual(r.suite.maildir().count(), 1)

    def test_routes(self):
        """Mx_dest! sends even a local recipient elsewhere; in data_cmd it
        is for those that have no own (A30)."""
        with Relay(replies={}, users={USER: {}, "b@example.test": {}}) as r, \
                Relay(replies={}) as other:
            s = r.suite
            s.reload(s.options + [
                inline("rcpt", 'To? "user@example.test" '
                       f'Mx_dest! "127.0.0.1 {r.sink.port}"'),
                inline("data_cmd",
                       f'Mx_dest! "127.0.0.1 {other.sink.port}"')])
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(250, "RCPT TO:<b@example.test>")
                c.expect(354, "DATA")
                c.send(b"A: b\r\n\r\nx\r\n.\r\n")
                self.assertEqual(c.reply().code, 250)
            r.sink.wait(1)
            other.sink.wait(1)
            self.assertEqual(to_of(r.sink.messages[0]), [USER])
            self.assertEqual(to_of(other.sink.messages[0]),
                             ["b@example.test"])

    def test_delivery_options(self):
        """Def! holds for each message of the connection, RSET or not."""
        rules = [inline("helo", 'Helo? "once" Def! "Max_attempts 1" '
                        'Def! "Subject_error_msg \'own subject\'"')]
        with Relay(options=rules + ["Max_attempts 9"],
                   replies={"RCPT": b"450 4.2.1 later\r\n"}) as r:
            with smtp.Client(r.suite.port) as c:
                c.ehlo("once")
                c.expect(250, "RSET")
                c.expect(250, f"MAIL FROM:<{USER}>")
                c.expect(250, "RCPT TO:<a@remote.test>")
                c.expect(354, "DATA")
                c.send(b"A: b\r\n\r\nx\r\n.\r\n")
                self.assertEqual(c.reply().code, 250)
            report = r.suite.maildir().wait(1)[0]
            self.assertIn(b"Subject: own subject", report)

    def test_data_effects(self):
        """Hadd! in data is for other hosts only, Cp! comes in time, Mark!
        and Qlimit! go with the message."""
        rules = [inline("data", 'Hadd! "X-Out: 1" Cp! "far@remote.test" '
                        'Mark! "m" Qlimit!')]
        with Relay(options=rules + ["Qsleep_time 1"], replies={}) as r:
            with smtp.Client(r.suite.port) as c:
                self.assertEqual(full(c).code, 250)
            raw = r.suite.maildir().wait(1)[0]
            self.assertNotIn(b"X-Out", raw)
            r.sink.wait(1)
            self.assertEqual(to_of(r.sink.messages[0]), ["far@remote.test"])
            self.assertIn(b"X-Out: 1\r\n", r.sink.messages[0].data)

    def test_data_reply(self):
        rules = [inline("rcpt", 'Data_reply! "552 not today"')]
        with Suite(options=rules) as s:
            with smtp.Client(s.port) as c:
                self.assertEqual(to_data(c).raw,
                                 b"552 5.7.1 not today\r\n")
                s.reload([])
                c.expect(250, "MAIL FROM:<>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(354, "DATA")


class Refused(unittest.TestCase):
    """Event.lrcpt_refused and Event.limit."""

    def test_lrcpt_refused(self):
        """Every refused RCPT; the words may change, the outcome does not;
        %P is the text (A44)."""
        rules = [inline("rcpt", 'Find_in_to? "denied" Deny!'),
                 inline("lrcpt_refused", 'Reply! "551 %r: %P"')]
        with Suite(options=rules) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<>")
                for rcpt, text in (
                        ("nobody@example.test", "550 5.1.1 No such user"),
                        ("a@far.test", "550 5.7.1 Auth required"),
                        ("denied@example.test", "550 5.7.1 Refused")):
                    reply = c.cmd(f"RCPT TO:<{rcpt}>")
                    self.assertEqual(reply.raw, (
                        f"551 5.7.1 {rcpt}: {text}\r\n").encode())
                c.expect(250, f"RCPT TO:<{USER}>")
            s.reload([inline("lrcpt_refused", "Close!")])
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<>")
                c.expect(421, "RCPT TO:<nobody@example.test>")
                self.assertEqual(c.closed(), b"")

    FLOOD = ["Limit_buf 50", "Limit_cnx 3", "Limit_time 30"]

    def knock(self, s):
        """The third connection of a burst; what it gets at once."""
        for _ in range(2):
            smtp.Client(s.port).close()
        c = smtp.Client(s.port, banner=False)
        self.addCleanup(c.close)
        return c

    def test_limit(self):
        """Deny! and Close! say nothing but what Reply! has; Accept! and no
        verdict let the client in (A19)."""
        for rule, want in (("Deny!", b""), ("Close!", b""),
                           ('Reply! "554 enough" Deny!',
                            b"554 enough\r\n"),
                           ("Accept!", None), ("Stop!", None)):
            with self.subTest(rule=rule), Suite(
                    options=[*self.FLOOD, inline("limit", rule)]) as s:
                c = self.knock(s)
                if want is None:
                    self.assertEqual(c.reply().code, 220)
                else:
                    self.assertEqual(c.closed(), want)
                    s.wait_log("event=limit", name="refused")


class Srs(unittest.TestCase):
    def test_alias_and_back(self):
        """A copy that leaves by an alias has a sender of ours; what comes
        to that goes to who it was, and to nobody else."""
        with Relay(options=['Srs_key "a secret"', 'Relay_from ""'],
                   replies={}, aliases={
                       "list@example.test": ["a@remote.test", USER]}) as r:
            s = r.suite
            with smtp.Client(s.port) as c:
                self.assertEqual(
                    full(c, "list@example.test", "joe@other.test").code, 250)
            r.sink.wait(1)
            sender = from_of(r.sink.messages[0])
            self.assertRegex(
                sender, r"^SRS0=[^=]{4}=[^=]{2}=other\.test=joe@example\.test$")
            raw = s.maildir().wait(1)[0]
            self.assertIn(b"Return-Path: <joe@other.test>", raw)
            with smtp.Client(s.port) as c:
                self.assertEqual(full(c, sender, "").code, 250)
                r.sink.wait(2)
                self.assertEqual(to_of(r.sink.messages[1]), ["joe@other.test"])
                bad = sender.replace("joe", "ann")
                c.expect(250, "MAIL FROM:<>")
                reply = c.cmd(f"RCPT TO:<{bad}>")
                self.assertEqual(reply.raw, b"550 5.1.1 No such user\r\n")
                # Its permission is that of one recipient.
                c.expect(250, f"RCPT TO:<{sender}>")
                c.expect(550, "RCPT TO:<joe@other.test>")
            # Local senders and null senders stay as they are.
            with smtp.Client(s.port) as c:
                self.assertEqual(
                    full(c, "list@example.test", USER).code, 250)
            r.sink.wait(3)
            self.assertEqual(from_of(r.sink.messages[2]), USER)


if __name__ == "__main__":
    unittest.main()
