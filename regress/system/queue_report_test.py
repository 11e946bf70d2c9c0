"""Reports: what the sender is told, and when; what happens when nobody can
be told.  Parsed with Python's email module."""

import email
import email.policy
import os
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from queue_common import Relay, submit, write_message  # noqa: E402
from suite import SLOW  # noqa: E402

USER = "user@example.test"


def parse(raw):
    """A report: the message, its three parts, the blocks of the second."""
    m = email.message_from_bytes(raw, policy=email.policy.default)
    parts = m.get_payload()
    blocks = parts[1].get_payload()
    return m, parts, blocks[0], blocks[1:]


class Report(unittest.TestCase):
    def report(self, relay, n=1, user=USER):
        box = relay.suite.maildir(user)
        box.wait(n)
        return [parse(raw) for raw in box.raw()]

    def test_hostile_original(self):
        """A header that names boundaries, and bytes that only BDAT may
        bring: the report has its three parts, and its lines are whole."""
        ids = b"".join(b"X-%d: a\r\n --%d_0000.report\r\n" % (i, i)
                       for i in range(50))
        with Relay() as r:
            with smtp.Client(r.suite.port) as c:
                c.ehlo()
                c.expect(250, f"MAIL FROM:<{USER}> BODY=BINARYMIME")
                c.expect(250, "RCPT TO:<bad@remote.test>"
                         " ORCPT=rfc822;a+0D+0Ab@remote.test")
                body = (b"Subject: a\r\n" + ids + b"X-Bare: a\n.\nb\rc\0d\xff\r\n"
                        b"\r\nText\n.\n\r\n")
                c.send(b"BDAT %d LAST\r\n" % len(body) + body)
                self.assertEqual(c.reply(), 250)
            m, parts, head, rcpts = self.report(r)[0]
            raw = r.suite.maildir(USER).raw()[0]
        self.assertEqual(len(parts), 3)
        boundary = m.get_boundary()
        self.assertNotIn("_", boundary)
        self.assertEqual(len(rcpts), 1)
        self.assertNotIn(b"\n.\n", raw.replace(b"\r\n", b"\n"))
        self.assertNotIn(b"\0", raw)
        self.assertNotIn(b"\r", raw.replace(b"\r\n", b"\n"))
        self.assertEqual(rcpts[0]["Original-Recipient"].split("@")[1],
                         "remote.test")

    def test_fields(self):
        with Relay() as r:
            ident = submit(r.suite.port, USER,
                           ["bad@remote.test ORCPT=rfc822;b+2Bd@remote.test",
                            "good@remote.test", "bad2@other.test"],
                           mail=" RET=FULL ENVID=env+2B1")
            m, parts, head, rcpts = self.report(r)[0]
            raw = r.suite.maildir(USER).raw()[0]
            summary = "\n".join(r.suite.log("summary"))
        self.assertTrue(raw.lstrip().startswith(b"Return-Path: <>"))
        self.assertEqual(m["Auto-Submitted"], "auto-replied")
        self.assertEqual(m["Subject"], "[Mail delivery error]")
        self.assertEqual(m["To"], USER)
        self.assertIn("MAILER-DAEMON@example.test", m["From"])
        self.assertEqual(m["MIME-Version"], "1.0")
        self.assertTrue(m["Date"] and m["Message-ID"])
        self.assertEqual(m.get_content_type(), "multipart/report")
        self.assertEqual(m.get_param("report-type"), "delivery-status")
        self.assertEqual([p.get_content_type() for p in parts],
                         ["text/plain", "message/delivery-status",
                          "message/rfc822"])
        self.assertIn("bad@remote.test", parts[0].get_payload())
        self.assertIn(ident, parts[0].get_payload())
        self.assertEqual(head["Reporting-MTA"], "dns; mx.example.test")
        self.assertEqual(head["Original-Envelope-Id"], "env+1")
        self.assertTrue(head["Arrival-Date"])
        # One report for both, and nothing of the one that arrived.
        self.assertEqual(
            sorted(b["Final-Recipient"] for b in rcpts),
            ["rfc822; bad2@other.test", "rfc822; bad@remote.test"])
        b = [b for b in rcpts if "bad@" in b["Final-Recipient"]][0]
        self.assertEqual(b["Original-Recipient"],
                         "rfc822;b+d@remote.test")
        self.assertEqual(b["Action"], "failed")
        self.assertEqual(b["Status"], "5.1.1")
        self.assertIn("mx.remote.test", b["Remote-MTA"])
        self.assertEqual(b["Diagnostic-Code"],
                         "smtp; 550 5.1.1 no such user")
        self.assertTrue(b["Last-Attempt-Date"])
        self.assertIsNone(b["Will-Retry-Until"])
        self.assertIn(b"X-Regress-Id: 1", parts[2].as_bytes())
        self.assertIn("Hello", parts[2].as_string())
        self.assertRegex(summary, f"bounced id={ident}")

    def test_header_only(self):
        """RET=HDRS, and without RET what is large."""
        with Relay() as r:
            submit(r.suite.port, USER, ["bad@remote.test"],
                   mail=" RET=HDRS")
            submit(r.suite.port, USER, ["bad@remote.test"],
                   message=smtp.make_message("2", size=300000))
            for m, parts, head, rcpts in self.report(r, 2):
                self.assertEqual(parts[2].get_content_type(),
                                 "text/rfc822-headers")
                self.assertLess(len(m.as_bytes()), 8000)

    def test_large_full(self):
        with Relay() as r:
            submit(r.suite.port, USER, ["bad@remote.test"], mail=" RET=FULL",
                   message=smtp.make_message("2", size=300000))
            m, parts, head, rcpts = self.report(r)[0]
            self.assertEqual(parts[2].get_content_type(), "message/rfc822")
            self.assertGreater(len(parts[2].as_bytes()), 290000)

    def test_hostile_answer(self):
        """Control characters and length of a remote text end at the door."""
        def hostile(session, line):
            return (b"550-5.1.1 \x1b[31m\x00\xff one\r\n"
                    b"550 5.1.1 two\tInjected: " + b"x" * 900 + b"\r\n")
        with Relay(replies={"RCPT": hostile}) as r:
            submit(r.suite.port, USER, ["any@remote.test"])
            raw = [x for x in [r.suite.maildir(USER)] if x.wait(1) or True]
            raw = raw[0].raw()[0]
            log = "\n".join(r.suite.log("summary"))
        self.assertNotRegex(raw.decode("latin-1"), "[\x00-\x08\x0b-\x1f\x7f-"
                            "\xff]")
        self.assertLess(max(len(x) for x in raw.split(b"\n")), 999)
        self.assertNotIn("\x1b", log)

    def test_notify(self):
        """NEVER says nothing; SUCCESS reports a local delivery, and says
        nothing of a failure."""
        with Relay(users={USER: {}, "two@example.test": {}}) as r:
            submit(r.suite.port, USER, ["bad@remote.test NOTIFY=NEVER"])
            submit(r.suite.port, USER, ["bad@remote.test NOTIFY=SUCCESS"])
            submit(r.suite.port, USER, ["bad@remote.test NOTIFY=DELAY"])
            submit(r.suite.port, USER,
                   ["two@example.test NOTIFY=SUCCESS,FAILURE"])
            m, parts, head, rcpts = self.report(r)[0]
            time.sleep(1)
            self.assertEqual(r.suite.maildir(USER).count(), 1)
        self.assertEqual(rcpts[0]["Action"], "delivered")
        self.assertEqual(rcpts[0]["Status"][0], "2")
        self.assertEqual(rcpts[0]["Final-Recipient"],
                         "rfc822; two@example.test")
        self.assertEqual(parts[2].get_content_type(), "text/rfc822-headers")

    def test_relayed(self):
        """A next hop without DSN: we say that it is gone from here."""
        ehlo = b"250-sink.test\r\n250 8BITMIME\r\n"
        with Relay(replies={"EHLO": ehlo}) as r:
            submit(r.suite.port, USER, ["a@remote.test NOTIFY=SUCCESS"])
            m, parts, head, rcpts = self.report(r)[0]
            self.assertEqual(rcpts[0]["Action"], "relayed")
        # With DSN the next hop has been told to do it.
        with Relay() as r:
            submit(r.suite.port, USER, ["a@remote.test NOTIFY=SUCCESS"])
            r.sink.wait(1)
            time.sleep(1)
            self.assertEqual(r.suite.maildir(USER).count(), 0)

    def test_expanded(self):
        """An alias for several: its members are not named."""
        users = {USER: {}, "x@example.test": {}, "y@example.test": {}}
        with Relay(users=users, aliases={"all@example.test": [
                "x@example.test", "y@example.test"]}) as r:
            submit(r.suite.port, USER, ["all@example.test NOTIFY=SUCCESS"])
            m, parts, head, rcpts = self.report(r)[0]
            time.sleep(0.5)
            self.assertEqual(r.suite.maildir(USER).count(), 1)
        self.assertEqual([b["Action"] for b in rcpts], ["expanded"])
        self.assertEqual(rcpts[0]["Final-Recipient"],
                         "rfc822; all@example.test")
        self.assertNotIn("x@example.test", m.as_string())

    def test_delay_and_last_attempt(self):
        """From files in the spool: one delay warning, once; and a message
        at its last attempt that is then reported as expired."""
        with Relay() as r:
            s = r.suite
            s.stop()
            write_message(s, 1, {"later@remote.test": ["tries 2"]},
                          arrival=time.time() - 5 * 3600)
            last = write_message(
                s, 2, {"later@other.test": ["tries 47", "answer 4.2.1 450 "
                                            "mx.other.test before"]})
            s.start()
            reports = self.report(r, 2)
            actions = {x[3][0]["Action"]: x for x in reports}
            self.assertEqual(sorted(actions), ["delayed", "failed"])
            b = actions["delayed"][3][0]
            self.assertEqual(b["Status"], "4.2.1")
            self.assertTrue(b["Will-Retry-Until"])
            b = actions["failed"][3][0]
            self.assertEqual(b["Status"], "4.4.7")
            self.assertIn("450 4.2.1 try later", b["Diagnostic-Code"])
            s.restart()
            time.sleep(2)
            self.assertEqual(s.maildir(USER).count(), 2)
            self.assertTrue(any(last in x and "failed" in x
                                for x in s.log("summary")))

    def test_no_sender(self):
        """Nobody can be told: c and l in Cp_errors_path, the Postmaster is
        warned once, and there is never a report on a report."""
        users = {USER: {}, "postmaster@example.test": {}}
        with Relay(users=users) as r:
            s = r.suite
            ident = submit(s.port, "", ["bad@remote.test"])
            other = submit(s.port, "gone@example.test", ["bad@remote.test"])
            third = submit(s.port, "bad@other.test", ["bad@remote.test"])
            procs.wait_for(lambda: len(os.listdir(s.path("errors"))) >= 6,
                           20 * SLOW, "copies")
            names = sorted(os.listdir(s.path("errors")))
            self.assertIn("c" + ident, names)
            self.assertIn("l" + ident, names)
            self.assertIn("c" + other, names)
            # The report to the third was itself undeliverable.
            self.assertNotIn("c" + third, names)
            with open(s.path("errors", "c" + ident), "rb") as f:
                self.assertIn(b"X-Regress-Id: 1", f.read())
            with open(s.path("errors", "l" + ident)) as f:
                text = f.read()
            self.assertIn("rcpt bad@remote.test", text)
            self.assertIn("state failed", text)
            box = s.maildir("postmaster@example.test")
            box.wait(1)
            time.sleep(1)
            raw = box.raw()
            self.assertEqual(len(raw), 1)
            self.assertIn(ident.encode(), raw[0])
            self.assertTrue(raw[0].startswith(b"Return-Path: <>"))

    def test_copy_fails(self):
        """A directory that can not be written to is said once, and is tried
        again by itself ever later, or when an administrator says so."""
        users = {USER: {}, "postmaster@example.test": {}}
        with Relay(users=users) as r:
            s = r.suite
            os.chmod(s.path("errors"), 0o500)
            for n in range(3):
                submit(s.port, "", [f"bad{n}@remote.test"])

            def failed():
                return sum("failed" in x for x in s.log("summary")) == 3
            procs.wait_for(failed, 20 * SLOW, "three failures")
            s.wait_log("no copy in Cp_errors_path", name="warning")
            self.assertEqual(s.selorctl("retry"), s.selorctl("retry"))
            self.assertEqual(os.listdir(s.path("errors")), [])
            self.assertEqual(sum("no copy in" in x
                                 for x in s.log("warning")), 1)
            os.chmod(s.path("errors"), 0o700)
            s.selorctl("retry")
            procs.wait_for(lambda: len(os.listdir(s.path("errors"))) == 6,
                           20 * SLOW, "copies")
            s.wait_empty()

    def test_no_copies(self):
        users = {USER: {}, "postmaster@example.test": {}}
        with Relay(users=users, options=["Cp_errors 0"]) as r:
            submit(r.suite.port, "", ["bad@remote.test"])
            r.suite.maildir("postmaster@example.test").wait(1)
            self.assertEqual(os.listdir(r.suite.path("errors")), [])

    def test_utf8(self):
        """RFC 6533, where an address needs it."""
        with Relay() as r:
            with smtp.Client(r.suite.port) as c:
                c.ehlo()
                c.expect(250, f"MAIL FROM:<{USER}> SMTPUTF8")
                c.expect(250, "RCPT TO:<bad\xe9@remote.test>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message("1")))
                self.assertEqual(c.reply(), 250)
            m, parts, head, rcpts = self.report(r)[0]
            raw = r.suite.maildir(USER).raw()[0]
        self.assertEqual(m.get_param("report-type"),
                         "global-delivery-status")
        self.assertEqual([p.get_content_type() for p in parts],
                         ["text/plain", "message/global-delivery-status",
                          "message/global"])
        self.assertIn("Final-Recipient: utf-8; bad\xe9@remote.test\n".encode(),
                      raw.replace(b"\r", b""))

    def test_long_list(self):
        """Many failures of one run are in one report, however large; and
        a single message does not wait for the list."""
        n = 1500
        with Relay(options=["Max_rcpts 5000", "Cp_errors 0"]) as r:
            submit(r.suite.port, USER,
                   [f"bad{i}@remote.test" for i in range(n)])
            submit(r.suite.port, "x@client.test", ["good@remote.test"])
            m, parts, head, rcpts = self.report(r)[0]
            r.sink.wait(1)
            time.sleep(1)
            self.assertEqual(r.suite.maildir(USER).count(), 1)
        self.assertEqual(len({b["Final-Recipient"] for b in rcpts}), n)

    def test_template(self):
        with Relay(options=['Subject_error_msg "N\xe3o entregue"']) as r:
            s = r.suite
            path = s.write("mine.txt", "To %f: no %r (%c|%p) 100%% "
                           "id=%d said %P %k\n")
            s.wait_log("selor is up")
            s.reload(s.options + [f'Report_file "{path}"'])
            ident = submit(s.port, USER, ["bad@remote.test"])
            m, parts, head, rcpts = self.report(r)[0]
            self.assertEqual(m["Subject"], "N\xe3o entregue")
            self.assertIn(f"To {USER}: no bad@remote.test (remote.test|bad) "
                          f"100% id={ident} said 550 5.1.1 no such user %k",
                          parts[0].get_payload())


if __name__ == "__main__":
    unittest.main()
