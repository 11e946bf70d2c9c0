"""Domains, mailboxes and aliases through lookupd and lookupd-file, asked as
smtpd and deliverd ask: selor.file(5), selor-flows.md section 3."""

import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import procs  # noqa: E402
from lookup import (ALIAS, LOCAL_ROUTE, LOOP, MAILBOX, NO, OK, REMOTE,
                    REMOTE_ROUTE, TEMP, UNKNOWN, Lookup)  # noqa: E402
from suite import SLOW  # noqa: E402

DOMAINS = "# ours\nexample.test\nOther.Test\nempty.test\n[127.0.0.9]\n"
MAILBOXES = """\
user@example.test    user=nobody home=/home/user
Big.User@example.test user=nobody home=/home/big
full@example.test    user=nobody home=/home/full quota=1K used=1024
roomy@example.test   user=nobody home=/home/roomy quota=1K used=1023
quota@example.test   user=nobody home=/home/quota quota=5M
own@example.test     uid=1000
    home="/home/with blank"
    # a comment in between
    dlocal="/usr/bin/filter -x"  # and one behind
    password=$6$secret$hash
both@example.test    user=nobody home=/home/both
a+b@example.test     user=nobody home=/home/ab
"quoted name"@example.test user=nobody home=/home/quoted
one@other.test       user=nobody home=/home/one
two@other.test       user=nobody home=/home/two
lit@[127.0.0.9]      user=nobody home=/home/lit
"""
ALIASES = """\
info@example.test: user@example.test, far@remote.test
bare@example.test: user
twice@example.test: user, user@EXAMPLE.test, info
both@example.test: far@remote.test, both
self@example.test: self, user
l1@example.test: l2@example.test
l2@example.test: l1@example.test
lost@example.test: nobody@example.test
half@example.test: nobody@example.test user@example.test
tag@example.test user+inbox
everyone@example.test: @other.test
allofus@example.test: @other.test, @example.test, far@remote.test
wrong@example.test: @remote.test
@other.test: user@example.test
"""
TABLES = {"domains": DOMAINS, "mailboxes": MAILBOXES, "aliases": ALIASES}


class Addresses(unittest.TestCase):
    """What an address is; one lookupd for all."""

    @classmethod
    def setUpClass(cls):
        cls.l = Lookup(TABLES).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.l.stop()

    def check(self, address, status, kind, *targets):
        got, answer, items = self.l.rcpt(address)
        self.assertEqual((got, answer["kind"]), (status, kind), address)
        self.assertEqual(sorted(items), sorted(targets), address)
        self.assertEqual(answer["count"], len(targets))
        return answer

    def test_mailboxes(self):
        for address in ("user@example.test", "USER@Example.TEST",
                        "big.user@example.test",
                        '"quoted name"@example.test',
                        "a+b@example.test", "lit@[127.0.0.9]"):
            got = address.rsplit("@", 1)
            self.check(address, OK, MAILBOX, (
                LOCAL_ROUTE, MAILBOX, got[0] + "@" + got[1].lower()))

    def test_unknown_and_remote(self):
        self.check("nobody@example.test", NO, UNKNOWN)
        self.check("user@remote.test", REMOTE, UNKNOWN)
        self.check("user@[127.0.0.1]", REMOTE, UNKNOWN)
        self.check("user@empty.test", NO, UNKNOWN)

    def test_nonsense_is_nobody(self):
        for address in ("", "@", "@example.test", "user@", "user@@x", "user",
                        "a b@example.test", "user@exa mple.test",
                        "user@example.test\r\nRCPT TO:<x@y>",
                        "<user@example.test", "x" * 300 + "@example.test",
                        "\x00user@example.test"[1:] + "\x7f"):
            self.assertEqual(self.l.rcpt(address)[0], NO, address)

    def test_tag(self):
        self.check("user+inbox@example.test", OK, MAILBOX,
                   (LOCAL_ROUTE, MAILBOX, "user+inbox@example.test"))
        self.check("user+a+b@example.test", OK, MAILBOX,
                   (LOCAL_ROUTE, MAILBOX, "user+a+b@example.test"))
        self.check("+user@example.test", NO, UNKNOWN)
        self.check("info+x@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"),
                   (REMOTE_ROUTE, ALIAS, "far@remote.test"))
        self.check("tag@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user+inbox@example.test"))

    def test_aliases(self):
        self.check("bare@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"))
        self.check("twice@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"),
                   (REMOTE_ROUTE, ALIAS, "far@remote.test"))
        # A mailbox hides the alias of its name (Force_alias_seek 0).
        self.check("both@example.test", OK, MAILBOX,
                   (LOCAL_ROUTE, MAILBOX, "both@example.test"))

    def test_loops(self):
        self.check("l1@example.test", LOOP, ALIAS)
        self.check("self@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"))

    def test_alias_to_nobody(self):
        self.check("lost@example.test", NO, ALIAS)
        self.check("half@example.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"))

    def test_default_of_the_domain(self):
        self.check("anyone@other.test", OK, ALIAS,
                   (LOCAL_ROUTE, ALIAS, "user@example.test"))

    def test_broadcast(self):
        both = [(LOCAL_ROUTE, ALIAS, a + "@other.test")
                for a in ("one", "two")]
        self.check("everyone@example.test", OK, ALIAS, *both)
        self.check("wrong@example.test", NO, ALIAS)
        status, answer, items = self.l.rcpt("allofus@example.test")
        self.assertEqual(status, OK)
        self.assertEqual(len(items), 2 + 9 + 1)
        self.assertEqual(len({i[2] for i in items}), len(items))

    def test_quota(self):
        for name, over in (("user", 0), ("full", 1), ("roomy", 0),
                           ("quota", 0)):
            answer = self.l.rcpt(name + "@example.test")[1]
            self.assertEqual(answer["over_quota"], over, name)
            answer = self.l.mailbox(name + "@example.test")
            self.assertEqual(answer["over_quota"], over, name)

    def test_mailbox_of_delivery(self):
        a = self.l.mailbox("own@example.test")
        self.assertEqual(a, {"status": OK, "over_quota": 0, "user": "1000",
                             "home": "/home/with blank",
                             "dlocal": "/usr/bin/filter -x"})
        self.assertEqual(self.l.mailbox("user+t@example.test")["home"],
                         "/home/user")
        self.assertEqual(self.l.mailbox("a+b@example.test")["home"],
                         "/home/ab")
        self.assertEqual(self.l.mailbox("info@example.test")["status"], NO)
        self.assertEqual(self.l.mailbox("no address")["status"], NO)

    def test_password_is_never_told(self):
        self.l.mailbox("own@example.test")
        self.assertNotIn("secret", self.l.log())


class Options(unittest.TestCase):

    def with_options(self, *options, tables=None):
        return Lookup(dict(TABLES, **(tables or {})), options)

    def test_force_alias_seek(self):
        with self.with_options(("Force_alias_seek", "1")) as l:
            self.assertEqual(l.targets("both@example.test"),
                             ["both@example.test", "far@remote.test"])
            self.assertEqual(l.rcpt("both@example.test")[1]["kind"], MAILBOX)
            self.assertEqual(l.targets("everyone@example.test"),
                             ["one@other.test", "two@other.test"])

    def test_no_default_alias(self):
        with self.with_options(("Seek_df_alias", "0")) as l:
            self.assertEqual(l.rcpt("anyone@other.test")[0], NO)

    def test_default_of_all(self):
        tables = {"aliases": ALIASES + "@: both@example.test\n"}
        with self.with_options(tables=tables) as l:
            self.assertEqual(l.targets("nobody@example.test"),
                             ["both@example.test"])
            self.assertEqual(l.targets("nobody@other.test"),
                             ["user@example.test"])
            self.assertEqual(l.rcpt("nobody@remote.test")[0], REMOTE)

    def test_no_broadcasts(self):
        with self.with_options(("Allow_broadcasts", "0")) as l:
            self.assertEqual(l.rcpt("everyone@example.test")[0], NO)
            self.assertIn("broadcast", l.log())

    def test_delimiters(self):
        with self.with_options(("Recipient_delimiter", '"-="')) as l:
            self.assertEqual(l.targets("user=x-y@example.test"),
                             ["user=x-y@example.test"])
            self.assertEqual(l.rcpt("user+x@example.test")[0], NO)
        with self.with_options(("Recipient_delimiter", '""')) as l:
            self.assertEqual(l.rcpt("user+x@example.test")[0], NO)

    def test_postmaster(self):
        with self.with_options(
                ("Postmaster", '"user@example.test"')) as l:
            for a in ("postmaster", "PostMaster", "postmaster@example.test",
                      "postmaster@empty.test"):
                self.assertEqual(l.targets(a), ["user@example.test"], a)
            self.assertEqual(l.rcpt("postmaster@remote.test")[0], REMOTE)
        with self.with_options(("Postmaster", '"boss@remote.test"')) as l:
            self.assertEqual(l.rcpt("postmaster")[2],
                             [(REMOTE_ROUTE, ALIAS, "boss@remote.test")])
        tables = {"aliases": "postmaster@example.test: both\n"}
        with self.with_options(("Server_name", '"example.test"'),
                               tables=tables) as l:
            self.assertEqual(l.targets("postmaster"), ["both@example.test"])

    def test_postmaster_of_nobody(self):
        """RFC 5321, 4.5.1: the server's and each local domain's postmaster
        is accepted, though the administrator named nobody."""
        remote = ("Server_name", '"mx.remote.test"')
        gone = ("Postmaster", '"gone@example.test"')
        for options in ([], [remote], [remote, gone]):
            with self.with_options(*options) as l:
                for a in ("postmaster", "Postmaster@example.test",
                          "postmaster@empty.test"):
                    if gone in options and "@" in a:
                        continue
                    self.assertEqual(l.targets(a), ["user@example.test"], a)
                procs.wait_for(lambda: "set Postmaster" in l.log(), 20,
                               "a warning of the guess")
                self.assertEqual(l.rcpt("postmaster@remote.test")[0], REMOTE)
                self.assertEqual(l.rcpt("postmaste@example.test")[0], NO)
        for tables in ({"mailboxes": ""}, {"domains": "", "mailboxes": ""}):
            with self.with_options(remote, tables=tables) as l:
                self.assertEqual(l.rcpt("postmaster")[0], TEMP)
                self.assertIn("finds no way", l.log())

    def test_default_domain(self):
        with self.with_options(("Df_domain", '"example.test"')) as l:
            self.assertEqual(l.targets("user"), ["user@example.test"])

    def test_no_module(self):
        with Lookup() as l:
            self.assertEqual(l.rcpt("user@example.test")[0], REMOTE)
            # Accepted once: it waits for a module to come.
            self.assertEqual(l.mailbox("user@example.test")["status"], TEMP)

    def test_unknown_module_in_an_order_is_refused(self):
        with self.with_options() as l:
            answer = l.configure(l.parent, l.options + [
                ("Modseq_mail", '"file mysql"')])
            self.assertEqual(answer["status"], 1)
            self.assertIn("mysql", answer["why"])
            self.assertEqual(l.rcpt("user@example.test")[0], OK)

    def test_order_of_modules(self):
        with Lookup(TABLES, modules=2) as l:
            l.write("domains", "example.test\n", 1)
            l.write("mailboxes",
                    "user@example.test user=daemon home=/second\n"
                    "second@example.test user=daemon home=/second\n", 1)
            l.write("aliases", "s@example.test: second\n", 1)
            self.assertEqual(l.mailbox("user@example.test")["home"],
                             "/home/user")
            self.assertEqual(l.targets("second@example.test"),
                             ["second@example.test"])
            self.assertEqual(l.targets("s@example.test"),
                             ["second@example.test"])
            # A broadcast takes what all modules have, each once.
            l.write("aliases", "all@example.test: @example.test\n", 0)
            self.assertEqual(len(l.targets("all@example.test")), 10)


class Edits(unittest.TestCase):
    """A change of a table is seen by the next question."""

    def setUp(self):
        self.l = Lookup(TABLES)
        self.l.__enter__()
        self.addCleanup(self.l.stop)
        # The tables have been read once.
        self.assertEqual(self.status("user@example.test"), OK)

    def status(self, address):
        return self.l.rcpt(address)[0]

    def test_renamed_over(self):
        for i in range(20):
            name = f"new{i}@example.test"
            self.assertEqual(self.status(name), NO)
            self.l.write("mailboxes", f"{name} user=nobody home=/h\n")
            self.assertEqual(self.status(name), OK)
        self.assertEqual(self.status("user@example.test"), NO)
        self.l.write("domains", "example.test\nnew.test\n")
        self.l.write("aliases", f"x@new.test: {name}\n")
        self.assertEqual(self.l.targets("x@new.test"), [name])

    def test_remote_domain_becomes_local(self):
        for _ in range(3):
            self.assertEqual(self.status("user@new.test"), REMOTE)
        self.l.write("mailboxes", "user@new.test user=nobody home=/h\n")
        self.l.write("domains", "new.test\n")
        self.assertEqual(self.l.targets("user@new.test"), ["user@new.test"])
        self.assertEqual(self.l.targets("user+x@new.test"),
                         ["user+x@new.test"])
        self.assertEqual(self.status("user@example.test"), REMOTE)
        self.l.write("domains", DOMAINS)
        self.assertEqual(self.status("user@new.test"), REMOTE)

    def test_written_in_place(self):
        self.l.write("mailboxes", MAILBOXES +
                     "late@example.test user=nobody home=/h\n", replace=False)
        deadline = time.monotonic() + 2 * SLOW
        while self.status("late@example.test") != OK:
            self.assertLess(time.monotonic(), deadline)

    def test_broken_keeps_the_last_good_one(self):
        for text, where in (
                ("x@example.test user=nobody\n", "mailboxes:1: no field home"),
                ("\n\nx@example.test home=/x user=../etc\n", "mailboxes:3:"),
                ("x@example.test user=u home=relative\n", "mailboxes:1:"),
                ("x@example.test user=u home=/a/../b\n", "mailboxes:1:"),
                ("x@example.test user=u home=/a qouta=1\n", "qouta"),
                (" x@example.test user=u home=/a\n", "continues no line"),
                ("x@example.test user=u home=/a", "half written"),
                ("x@example.test user=u home=/a\nx@example.test user=u "
                 "home=/a\n", "mailboxes:2: stands twice"),
                ('x@example.test user=u home="/a\n', "quote"),
                ("x@example.test\x01 user=u home=/a\n", "control")):
            self.l.write("mailboxes", text)
            self.assertEqual(self.status("user@example.test"), OK, text)
            self.assertEqual(self.status("x@example.test"), NO, text)
            self.l.wait(lambda: where in self.l.log(), where, 5)
        self.l.write("mailboxes", MAILBOXES)
        self.assertEqual(self.status("user@example.test"), OK)
        self.l.wait(lambda: "in order again" in self.l.log(), "recovery", 5)

    def test_wrong_field_is_named_but_not_its_value(self):
        self.l.write("mailboxes", "x@example.test user=u home=/a "
                     "password=hush password=hush2\n")
        self.assertEqual(self.status("user@example.test"), OK)
        self.l.wait(lambda: "password" in self.l.log(), "warning", 5)
        self.assertNotIn("hush", self.l.log())

    def test_vanished_is_a_temporary_failure(self):
        path = os.path.join(self.l.dirs[0], "mailboxes")
        os.rename(path, path + ".away")
        self.assertEqual(self.status("user@example.test"), OK)
        self.assertEqual(self.status("nobody@example.test"), TEMP)
        self.assertEqual(self.l.mailbox("nobody@example.test")["status"],
                         TEMP)
        self.l.wait(lambda: "mailboxes: No such file" in self.l.log(),
                    "warning", 5)
        os.rename(path + ".away", path)
        self.assertEqual(self.status("nobody@example.test"), NO)
        os.unlink(os.path.join(self.l.dirs[0], "domains"))
        self.assertEqual(self.status("user@example.test"), OK)
        self.assertEqual(self.status("user@remote.test"), TEMP)

    def test_never_a_good_table(self):
        with Lookup({"domains": "example.test\n", "mailboxes": "junk\n"}) \
                as l:
            self.assertEqual(l.rcpt("user@example.test")[0], TEMP)
            l.write("mailboxes", MAILBOXES)
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
        with Lookup({"domains": "example.test\n"}) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], TEMP)
        with Lookup({"domains": "example.test\n",
                     "mailboxes": MAILBOXES}) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            self.assertEqual(l.rcpt("nobody@example.test")[0], NO)

    def test_no_plain_file(self):
        path = os.path.join(self.l.dirs[0], "mailboxes")
        os.unlink(path)
        os.mkfifo(path)
        self.assertEqual(self.status("user@example.test"), OK)
        self.l.wait(lambda: "not a plain file" in self.l.log(), "warning", 5)

    def test_emptied_for_an_instant(self):
        with open(os.path.join(self.l.dirs[0], "mailboxes"), "w"):
            self.assertEqual(self.status("user@example.test"), OK)
        time.sleep(1.2)
        self.assertEqual(self.status("user@example.test"), NO)


class Limits(unittest.TestCase):

    def test_depth(self):
        def chain(n):
            return "".join(f"d{i}@example.test: d{i + 1}\n"
                           for i in range(n)) + f"d{n}@example.test: user\n"
        with Lookup(dict(TABLES, aliases=chain(14))) as l:
            self.assertEqual(l.targets("d0@example.test"),
                             ["user@example.test"])
            l.write("aliases", chain(40))
            status, _, items = l.rcpt("d0@example.test")
            self.assertEqual((status, items), (LOOP, []))

    def test_fan_out(self):
        def many(n):
            return "list@example.test:\n" + "".join(
                f"  m{i}@remote.test\n" for i in range(n))
        with Lookup(dict(TABLES, aliases=many(9000))) as l:
            self.assertEqual(len(l.targets("list@example.test")), 9000)
            l.write("aliases", many(10100))
            self.assertEqual(l.rcpt("list@example.test")[0], LOOP)

    def test_lists_hold_nobody_up(self):
        """Who asks about one mailbox does not wait for the members of
        lists that are being expanded: the first of ten is not done, when
        all that another smtpd asked is answered."""
        n = 9000
        boxes = "".join(f"m{i}@example.test user=nobody home=/h\n"
                        for i in range(n))
        with Lookup(dict(TABLES, mailboxes=MAILBOXES + boxes,
                         aliases="list@example.test: " + ", ".join(
                             f"m{i}" for i in range(n)) + "\n")) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            other = l.join(l.parent, "SMTPD", 1)
            l.clients.append(other)
            lists = [l.smtpd.ask("LOOK_RCPT", address="list@example.test")
                     for _ in range(10)]
            l.wait(lambda: any(l.smtpd.items.values()), "a member")
            for _ in range(5):
                ident = other.ask("LOOK_RCPT", address="user@example.test")
                l.wait(lambda: ident in other.answers, "an answer")
            self.assertTrue(any(i not in l.smtpd.answers for i in lists))
            l.wait(lambda: all(i in l.smtpd.answers for i in lists),
                   "the lists", 60)
            for i in lists:
                self.assertEqual(l.smtpd.answers[i]["count"], n)
                self.assertEqual(len({t["address"]
                                      for t in l.smtpd.items[i]}), n)

    def test_a_million_members(self):
        with Lookup(TABLES) as l:
            l.write("aliases", "list@example.test: " + ", ".join(
                f"m{i}@remote.test" for i in range(1000000)) + "\n")
            before = time.monotonic()
            self.assertEqual(l.rcpt("list@example.test")[0], LOOP)
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            self.assertLess(time.monotonic() - before, 5 * SLOW)
            with open(f"/proc/{l.daemon.pid}/status") as f:
                peak = int(f.read().split("VmHWM:")[1].split()[0])
            if SLOW == 1:
                self.assertLess(peak, 64 * 1024)

    def test_tree_of_aliases(self):
        # 2^14 ways, 15 addresses each met once.
        text = "".join(f"t{i}@example.test: t{i + 1}, t{i + 1}+x\n"
                       for i in range(12)) + "t12@example.test: user\n"
        with Lookup(dict(TABLES, aliases=text)) as l:
            status = l.rcpt("t0@example.test")[0]
            self.assertIn(status, (OK, LOOP))
            self.assertEqual(l.rcpt("user@example.test")[0], OK)

    def test_hundred_thousand_accounts(self):
        boxes = "".join(
            f"u{i}@example.test user=nobody home=/home/u{i} quota=1G "
            f"password=$6$salt{i}$0123456789abcdef0123456789abcdef\n"
            for i in range(100000))
        with Lookup(TABLES) as l:
            l.rcpt("user@example.test")
            l.write("mailboxes", boxes)
            before = time.monotonic()
            self.assertEqual(l.rcpt("u99999@example.test")[0], OK)
            took = time.monotonic() - before
            self.assertLess(took, 1.0 * SLOW, "seconds to load")
            before = time.process_time()
            n = 500
            ids = [l.smtpd.ask("LOOK_RCPT",
                               address=f"u{i * 199}@example.test")
                   for i in range(n)]
            l.wait(lambda: all(i in l.smtpd.answers for i in ids), "answers")
            self.assertTrue(all(l.smtpd.answers[i]["status"] == OK
                                for i in ids))


class Failures(unittest.TestCase):
    """A back end that fails is a temporary failure, never "no user"."""

    def test_killed(self):
        with Lookup(TABLES) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            for _ in range(3):
                os.kill(l.workers[-1].pid, signal.SIGKILL)
                for address, want in (("user@example.test", OK),
                                      ("nobody@example.test", NO)):
                    got = l.rcpt(address)[0]
                    self.assertIn(got, (want, TEMP))
                deadline = time.monotonic() + 10 * SLOW
                while l.rcpt("nobody@example.test")[0] != NO:
                    self.assertLess(time.monotonic(), deadline)
            self.assertGreaterEqual(len(l.workers), 4)

    def test_killed_under_load(self):
        with Lookup(TABLES) as l:
            l.rcpt("user@example.test")
            fds = l.fds()
            for i in range(4):
                ids = [l.smtpd.ask("LOOK_RCPT", address=a)
                       for a in ("user@example.test", "no@example.test",
                                 "info@example.test", "l1@example.test") * 50]
                if i < 2:
                    os.kill(l.workers[-1].pid, signal.SIGKILL)
                l.wait(lambda: all(i in l.smtpd.answers for i in ids),
                       "answers")
                for n, ident in enumerate(ids):
                    want = (OK, NO, OK, LOOP)[n % 4]
                    self.assertIn(l.smtpd.answers[ident]["status"],
                                  (want, TEMP))
            l.wait(lambda: l.rcpt("user@example.test")[0] == OK, "recovery")
            self.assertLessEqual(l.fds(), fds)

    def test_can_not_be_started(self):
        l = Lookup(TABLES)
        l.refuse_workers = True
        with l:
            before = time.monotonic()
            self.assertEqual(l.rcpt("user@example.test")[0], TEMP)
            self.assertEqual(l.mailbox("user@example.test")["status"], TEMP)
            self.assertLess(time.monotonic() - before, 12 * SLOW)
            # Once that is known, the answer is immediate.
            l.wait(lambda: l.log().count("could not be started") >= 3,
                   "attempts")
            before = time.monotonic()
            self.assertEqual(l.rcpt("user@example.test")[0], TEMP)
            self.assertLess(time.monotonic() - before, 1 * SLOW)
            l.refuse_workers = False
            deadline = time.monotonic() + 15 * SLOW
            while l.rcpt("user@example.test")[0] != OK:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.2)

    def test_hangs(self):
        with Lookup(TABLES) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            pid = l.workers[-1].pid
            os.kill(pid, signal.SIGSTOP)
            try:
                self.assertEqual(l.rcpt("user@example.test", 40)[0], TEMP)
                l.wait(lambda: len(l.workers) > 1, "another worker")
                # The parent is told which process to end.
                l.wait(lambda: l.reports, "report")
                self.assertEqual(
                    (l.wire.procs[l.reports[0]["process"]],
                     l.reports[0]["instance"]), ("BACKEND", 1))
                deadline = time.monotonic() + 10 * SLOW
                while l.rcpt("user@example.test")[0] != OK:
                    self.assertLess(time.monotonic(), deadline)
            finally:
                os.kill(pid, signal.SIGCONT)

    def test_asker_goes(self):
        with Lookup(TABLES) as l:
            l.rcpt("user@example.test")
            os.kill(l.workers[-1].pid, signal.SIGSTOP)
            for _ in range(50):
                l.smtpd.ask("LOOK_RCPT", address="user@example.test")
            time.sleep(0.2)
            l.smtpd.sock.close()
            l.smtpd = l.join(l.parent, "SMTPD")
            os.kill(l.workers[-1].pid, signal.SIGCONT)
            self.assertEqual(l.targets("user@example.test"),
                             ["user@example.test"])
            client = l.client()
            l.clients.append(client)
            _, lines = l.call(client, "CTL_LIST", what=2, query="")
            self.assertIn("dropped=50", lines[0]["line"])
            self.assertIn("open=0", lines[0]["line"])
            self.assertIn("module=0 name=file state=up", lines[1]["line"])

    def test_reload(self):
        with Lookup(TABLES) as l:
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            l.configure(l.parent, l.options)
            self.assertEqual(l.rcpt("user@example.test")[0], OK)
            self.assertEqual(len(l.workers), 1, "an unchanged module stays")
            without = [o for o in l.options if o[0] != "Module"]
            l.configure(l.parent, without)
            self.assertEqual(l.rcpt("user@example.test")[0], REMOTE)
            l.workers[0].wait(5 * SLOW)
            l.configure(l.parent, l.options)
            self.assertEqual(l.rcpt("user@example.test")[0], OK)

    def test_read_only_client_changes_nothing(self):
        with Lookup(TABLES) as l:
            for may, status in ((False, 2), (True, 0)):
                client = l.client(may)
                l.clients.append(client)
                answer, _ = l.call(client, "CTL_ACT", action=6, query="")
                self.assertEqual(answer["status"], status)

    def test_cage(self):
        with Lookup(TABLES) as l:
            l.rcpt("user@example.test")
            for pid in (l.daemon.pid, l.workers[0].pid):
                with open(f"/proc/{pid}/status") as f:
                    self.assertIn("Seccomp:\t2", f.read())
                self.assertEqual(len(os.listdir(f"/proc/{pid}/task")), 1)


if __name__ == "__main__":
    unittest.main()
