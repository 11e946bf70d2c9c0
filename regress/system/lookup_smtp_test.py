"""lookupd in the whole suite, caged as it runs for real: what a client is
told about senders and recipients, also while a back end is gone."""

import os
import signal
import smtplib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import maildir  # noqa: E402
import smtp  # noqa: E402
from dns import Dns  # noqa: E402
from suite import SLOW, Suite  # noqa: E402


def talk(suite, *recipients, sender="a@client.test"):
    """Reply codes of MAIL and of each RCPT."""
    with smtplib.SMTP(suite.address, suite.port, timeout=30 * SLOW) as c:
        c.ehlo()
        codes = [c.mail(sender)[0]]
        if codes[0] == 250:
            codes += [c.rcpt(r)[0] for r in recipients]
        return codes


class Modules(unittest.TestCase):
    """Two modules of one program, each with its name."""

    def test_order(self):
        """One user stands in both with two homes, others in one of them;
        Modseq_mail says who is asked first, a reload changes it."""
        with Suite(users={"user@example.test": {},
                          "staff@example.test": {}}) as s:
            uid = s.mail_uid("user@example.test")
            home = s.path("mail/second")
            os.mkdir(home)
            if os.getuid() == 0:
                os.chown(home, uid, -1)
            s.mkdir("customers")
            s.write("customers/domains", "customers.test\nexample.test\n")
            s.write("customers/mailboxes", "".join(
                f"{a} user={uid} home={home}\n"
                for a in ("user@example.test", "one@customers.test",
                          "only@example.test")))
            s.write("customers/aliases", "info@customers.test one\n")
            self.assertEqual(talk(s, "one@customers.test"), [250, 550])
            module = f'Module "file:customers {s.path("customers")}"'
            s.reload([module])
            self.answers(s)
            self.goes(s, s.home("user@example.test"), 1)
            # The other order: who stands in both has the other home.
            s.reload([module, 'Modseq_mail "customers file"'])
            self.answers(s)
            self.goes(s, home, 1)
            s.reload([module, 'Modseq_mail "file customers"'])
            self.goes(s, s.home("user@example.test"), 2)
            # A module that is left out is not asked.
            s.reload([module, 'Modseq_mail "customers"',
                      'Modseq_domain "file"'])
            self.assertEqual(talk(s, "user@example.test",
                                  "staff@example.test",
                                  "one@customers.test"),
                             [250, 250, 550, 550])
            # A name that nobody has changes nothing.
            self.assertFalse(
                s.reload([module, 'Modseq_mail "customer file"']))
            self.assertIn('customer\\", which no Module', s.stderr())
            self.assertEqual(talk(s, "one@customers.test"), [250, 550])

    def answers(self, s):
        self.assertEqual(talk(s, "user@example.test", "staff@example.test",
                              "one@customers.test", "info@customers.test",
                              "only@example.test", "none@example.test",
                              "none@customers.test"),
                         [250] + 5 * [250] + 2 * [550])

    def goes(self, s, home, count):
        smtp.send_message(s.port, "a@client.test", "user@example.test",
                          smtp.make_message("x"))
        maildir.Maildir(os.path.join(home, "Maildir")).wait(count)


class Recipients(unittest.TestCase):

    def setUp(self):
        self.s = Suite(aliases={"info@example.test": ["user@example.test"],
                                "loop@example.test": ["pool@example.test"],
                                "pool@example.test": ["loop@example.test"]})
        self.s.__enter__()
        self.addCleanup(self.s.__exit__, None, None, None)

    def test_answers(self):
        self.assertEqual(talk(self.s, "user@example.test",
                              "info@example.test", "user+x@example.test",
                              "no@example.test", "x@remote.test"),
                         [250, 250, 250, 250, 550, 550])
        self.assertGreaterEqual(talk(self.s, "loop@example.test")[1], 400)

    def test_back_end_killed(self):
        before = self.s.fd_counts()
        for _ in range(3):
            pid = self.s.pid("lookupd-file")
            os.kill(pid, signal.SIGKILL)
            got = talk(self.s, "user@example.test", "no@example.test")
            self.assertIn(got[1], (250, 451))
            self.assertIn(got[2], (550, 451))
        deadline = time.monotonic() + 20 * SLOW
        while talk(self.s, "user@example.test", "no@example.test") != \
                [250, 250, 550]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(len(self.s.find("lookupd-file")), 1)
        self.s.assert_no_fd_leak(before, slack=1)

    def test_lookupd_killed(self):
        old = self.s.kill9("lookupd")
        self.s.wait_restarted("lookupd", old)
        deadline = time.monotonic() + 20 * SLOW
        while talk(self.s, "user@example.test", "no@example.test") != \
                [250, 250, 550]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        # The orphan has gone with the one that asked it.
        self.assertEqual(len(self.s.find("lookupd-file")), 1)

    def test_table_away(self):
        talk(self.s, "user@example.test")
        path = self.s.path("module", "mailboxes")
        os.rename(path, path + ".away")
        self.assertEqual(talk(self.s, "user@example.test",
                              "no@example.test"), [250, 250, 451])
        os.rename(path + ".away", path)
        self.assertEqual(talk(self.s, "user@example.test",
                              "no@example.test"), [250, 250, 550])

    def test_edit_takes_effect_at_once(self):
        for i in range(5):
            name = f"new{i}@example.test"
            self.assertEqual(talk(self.s, name)[1], 550)
            self.s.users[name] = {}
            self.s.write_tables()
            self.assertEqual(talk(self.s, name)[1], 250)


class Senders(unittest.TestCase):

    def test_levels(self):
        with tempfile.TemporaryDirectory(prefix="dns.") as folder:
            dns = Dns(folder)
            dns.records = ["mx.test MX 10 a.mx.test.", "a.mx.test A 127.0.0.2",
                           "null.test MX 0 ."]
            dns.broken_zones = ["broken.test"]
            with dns:
                for level, want in ((1, 250), (2, 553)):
                    with Suite(dns=dns, options=[
                            f"From_level_check {level}"]) as s:
                        for domain, code in (
                                ("mx.test", 250), ("a.mx.test", want),
                                ("nothing.test", 553),
                                ("broken.test", 451)):
                            self.assertEqual(
                                talk(s, sender="x@" + domain), [code],
                                (level, domain))
                        self.assertGreaterEqual(
                            talk(s, sender="x@null.test")[0], 500)


if __name__ == "__main__":
    unittest.main()
