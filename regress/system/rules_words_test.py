"""Every condition and every variable of the rules in every event, of one
message: what Log! wrote tells which held and what they were.  The words
themselves, one by one, are in rules_words_*_test.py beside this."""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import rules  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180
USER, BOSS = "user@example.test", "boss@example.test"
FAR, NOBODY = "far@far.test", "nobody@example.test"
FULL = "full@example.test"
CLIENT = "192.0.2.7"
RECORDS = ("7.2.0.192.in-addr.arpa PTR client.names.test.",
           f"client.names.test A {CLIENT}",
           "far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1",
           f"7.2.0.192.list.test A 127.0.0.2",
           '7.2.0.192.list.test TXT "listed"',
           f'example.test TXT "v=spf1 ip4:{CLIENT} -all"')

# What is seen at an event: conditions that hold there, for this message.
ALWAYS = {
    "!Auth?", 'Cmp_str? "%i:192.0.2.7"', 'Cmp_left? "%i:192."',
    'Cmp_right? "%i:.7"', 'Exec_resp? "3"', 'Find_str? "%i:.0.2"',
    'Find_strfile? "x%iy:ROOT/rules/ips"', 'Itest? "%t=3"',
    'Find_filestr? "ROOT/rules/ips:2.0.2"', "!Rev_fail?",
    'Find_fileline? "ROOT/rules/ips:%i"', 'Ip? "192.0.2.0/24"'}
LISTED = {'Rbl_resp? "1"'}
NAMED = {'Cmp_reverse? "client.names.test"', 'Find_in_reverse? ".names."'}
MARKED = {'Tmark? "seen"'}
GREETED = {'Helo? "client.test"'}
SENT = {f'From? "{USER}"', 'Find_in_from? "user@"', 'From_type? "1"',
        "Internal_from?"}
CHECKED = {'Spf_resp? "1"'}
TO_FAR = {f'To? "{FAR}"', 'Find_in_to? "@far."', 'To_type? "0"'}
TO_BOSS = {f'To? "{BOSS}"', 'To_type? "1"', "Internal_rcpt?"}
TO_FULL = {'To_type? "1"', "Internal_rcpt?", "To_over_quota?"}
TO_NOBODY = {'To_type? "0"', "Internal_rcpt?"}
AFTER_BOSS = {f'Seek_to? "{BOSS}"', 'Seek_in_to? "boss"'}
EVERY = (ALWAYS | LISTED | NAMED | MARKED | GREETED | SENT | CHECKED
         | TO_FAR | TO_BOSS | TO_FULL | AFTER_BOSS)

CONNECTED = ALWAYS | LISTED | NAMED | MARKED
SESSION = CONNECTED | GREETED | SENT | CHECKED
NOBODY_S = {"!Auth?", 'Exec_resp? "3"', 'Itest? "%t=3"'}
# Of event and recipient: what holds, and of the rest what may.
HOLD = {
    ("limit", ""): (ALWAYS, set()),
    ("connection", ""): (CONNECTED, set()),
    ("helo", ""): (CONNECTED | GREETED, set()),
    ("from", ""): (SESSION, set()),
    ("rcpt", BOSS): (SESSION | TO_BOSS, set()),
    ("rcpt", FULL): (SESSION | TO_FULL | AFTER_BOSS, set()),
    ("lrcpt_refused", FULL): (SESSION | TO_FULL | AFTER_BOSS, set()),
    ("rcpt", FAR): (SESSION | TO_FAR | AFTER_BOSS, set()),
    ("rcpt", NOBODY): (SESSION | TO_NOBODY | AFTER_BOSS, set()),
    ("lrcpt_refused", NOBODY): (SESSION | TO_NOBODY | AFTER_BOSS, set()),
    ("data_cmd", FAR): (SESSION | TO_FAR | AFTER_BOSS, set()),
    ("data", FAR): (SESSION | TO_FAR | AFTER_BOSS, set()),
    # The queue keeps what came with the message, not what was counted; and
    # of clients nothing is said to those who deliver.
    ("qstart_process", FAR): (ALWAYS | NAMED | MARKED | GREETED | SENT,
                              LISTED | CHECKED),
    ("dl_rcpt", FAR): (NOBODY_S | SENT | TO_FAR, EVERY),
    ("qend_process", FAR): (ALWAYS | NAMED | MARKED | GREETED | SENT,
                            LISTED | CHECKED),
    # The report is a message, too, and of nobody.
    ("qstart_process", USER): (NOBODY_S, EVERY),
    ("qend_process", USER): (NOBODY_S, EVERY),
    ("error_report", FAR): (ALWAYS | NAMED | MARKED | GREETED | SENT
                            | TO_FAR, LISTED | CHECKED | AFTER_BOSS),
}

LETTERS = "rfuiesohcmpnyHtERTPdCFUOMSDzL"
FORMAT = " ".join(f"{v}=<%{v}>" for v in LETTERS) + ' Q=<%"> X=<%%>'


class Matrix(rules.Case):
    """One message with a local, a remote and a refused recipient; the
    remote server refuses it too, so that there is a report."""

    USERS = {USER: {}, BOSS: {}, FULL: {"quota": 1000, "used": 2000}}
    RECORDS = RECORDS
    OPTIONS = ["Resolve_all 1", "Rcpt_level_check 0", "Limit_buf 50",
               "Limit_cnx 2", "Limit_time 60", 'Timezone "+0000"']

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.send()
        except BaseException:
            cls.suite.show_logs()
            cls.world.stop(check=False)
            raise

    @classmethod
    def send(cls):
        s = cls.suite
        s.write("rules/ips", "\n192.0.2.7\n")
        three = cls.script("three", "echo out; exit 3")
        log = s.path("log/matrix")
        before = {
            "limit": "", "helo": "", "rcpt": "", "lrcpt_refused": "",
            "connection": 'Add_hits! "5" Add_hits! "-2" Mark! "seen" '
                          'Rbl_test! "list.test none.test" Relay!\n',
            "from": "Spf_test!\n"}
        for event in ("data_cmd", "data", "qstart_process", "dl_rcpt",
                      "qend_process", "error_report"):
            before[event] = ""
        for event in before:
            lines = [f'Exec! "{three}"',
                     f'Delimiter! "~" Log! "{log}~{event} %r: {FORMAT}"']
            lines += [f"{c} Delimiter! \"~\" "
                      f"Log! \"{log}~{event} %r holds {quoted(c)}\""
                      for c in (x.replace("ROOT", s.root)
                                for x in sorted(EVERY))]
            before[event] += "\n".join(lines)
        cls.rules(**before)
        cls.sink(replies={"RCPT": b"550 5.1.1 not here\r\n"})
        cls.began = time.time()
        with cls.client(CLIENT) as c:
            c.cmd("QUIT")
        with cls.client(CLIENT) as c:       # the second one is a flood
            c.ehlo()
            c.expect(250, f"MAIL FROM:<{USER}> SIZE=4321")
            cls.replies = [c.cmd(f"RCPT TO:<{r}>")
                           for r in (BOSS, FULL, FAR, NOBODY)]
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(smtp.make_message("1")))
            cls.reply = c.reply()
            c.cmd("QUIT")
        cls.ident = cls.reply.text.split()[0]
        cls.wait_text("log/matrix", r"error_report far@far.test holds Ip")
        s.wait_empty()
        cls.lines = cls.text("log/matrix").splitlines()

    def setUp(self):
        """What was delivered stays for all of them."""

    def test_session_is_as_without_rules(self):
        self.assertEqual([r.code for r in self.replies], [250, 552, 250, 550])
        self.assertEqual(self.reply.code, 250)
        self.assertIn(b"X-Regress-Id: 1", self.suite.maildir(BOSS)
                      .wait(1, 10 * SLOW)[0])

    def test_conditions_of_each_event(self):
        seen = {}
        for line in self.lines:
            m = re.search(r" (\w+) (\S*) holds (.*)$", line)
            if m:
                seen.setdefault((m[1], m[2]), set()).add(m[3])
        for place, (must, may) in HOLD.items():
            with self.subTest(place=place):
                def at(cs):
                    return {quoted(c.replace("ROOT", self.suite.root))
                            for c in cs}
                got = seen.get(place, set())
                self.assertEqual(at(must) - got, set(), "did not hold")
                self.assertEqual(got - at(must | may), set(), "held")
        self.assertEqual(set(seen) - set(HOLD), set())

    def values(self, event, rcpt=""):
        """The variables of the last line of that event."""
        rows = [line for line in self.lines
                if f" {event} {rcpt}: r=<" in line]
        self.assertTrue(rows, f"{event} {rcpt} did not happen")
        return dict(re.findall(r'(\S)=<([^>]*)>', rows[-1]))

    def check(self, event, rcpt="", **want):
        got = self.values(event, rcpt)
        self.assertEqual({k: got.get(k) for k in want}, want,
                         f"{event}: {got}")
        return got

    CONN = {"i": CLIENT, "e": "client.names.test", "s": "client.names.test",
            "H": "3", "t": "3", "E": "out", "R": "1", "T": "listed",
            "u": "", "U": ""}
    FROM = dict(CONN, h="client.test", f=USER, o="example.test", m="user",
                y="1")

    def test_variables_of_a_session(self):
        self.check("limit", i=CLIENT, H="0", R="0", T="", t="3", E="out",
                   f="", r="", n="0", y="0", z="0", d="", L="", u="", h="")
        self.check("connection", h="", f="", r="", n="0", y="0", **self.CONN)
        self.check("helo", h="client.test", f="", r="", **self.CONN)
        home = self.suite.home(USER)
        self.check("from", r="", n="0", z="4321", F=home, L="", d=self.ident,
                   **self.FROM)
        self.check("rcpt", BOSS, r=BOSS, c="example.test", p="boss", n="1",
                   C=self.suite.home(BOSS), F=home, z="4321", **self.FROM)
        self.check("rcpt", FAR, r=FAR, c="far.test", p="far", n="2", C="",
                   **self.FROM)
        self.check("rcpt", NOBODY, r=NOBODY, n="3", C="")
        self.check("lrcpt_refused", NOBODY, r=NOBODY, p="nobody",
                   **self.FROM)
        self.check("data_cmd", FAR, r=FAR, n="2", L="", **self.FROM)

    def test_variables_of_data(self):
        got = self.check("data", FAR, r=FAR, n="2", d=self.ident, **self.FROM)
        self.assertEqual(got["L"], self.suite.path("spool"))
        # What lies there: with our Received line, without dots.
        self.assertGreater(int(got["z"]), len(smtp.make_message("1")))

    def test_answers(self):
        got = self.values("lrcpt_refused", NOBODY)["P"]
        self.assertEqual(got + "\r\n", self.replies[3].raw.decode())
        self.check("dl_rcpt", FAR, r=FAR, c="far.test", p="far",
                         P="550 5.1.1 not here", T="550 5.1.1 not here")
        got = self.check("error_report", FAR, r=FAR, f=USER)
        self.assertIn("not here", got["P"])

    def test_variables_of_the_queue(self):
        for event in ("qstart_process", "qend_process", "error_report"):
            with self.subTest(event=event):
                self.check(event, FAR, i=CLIENT, h="client.test", u="",
                           e="client.names.test", s="client.names.test")
        for event in ("qstart_process", "qend_process", "error_report",
                      "dl_rcpt"):
            with self.subTest(event=event):
                got = self.check(event, FAR, d=self.ident, f=USER, m="user",
                                 o="example.test", t="3", E="out")
                if event != "dl_rcpt":
                    self.assertEqual(got["L"], self.suite.path("spool"))
        self.assertEqual(self.values("qend_process", FAR)["z"],
                         self.values("data", FAR)["z"])

    def test_clock_and_marks(self):
        """%O %M %S %D are the clock's, %" and %% a mark each."""
        for event, rcpt in HOLD:
            got = self.values(event, rcpt)
            now = time.gmtime(self.began)
            seconds = (int(got["O"]) * 3600 + int(got["M"]) * 60
                       + int(got["S"]))
            past = seconds - (now.tm_hour * 3600 + now.tm_min * 60
                              + now.tm_sec)
            self.assertLessEqual(past % 86400, 60 * SLOW, (event, got))
            self.assertIn(int(got["D"]), ((now.tm_wday + 1) % 7,
                                          (now.tm_wday + 2) % 7))
            self.assertEqual((got["Q"], got["X"]), ('"', "%"))


def quoted(condition):
    """As it can stand in a parameter: without quotes and variables."""
    return condition.replace('"', "'").replace("%", "@")


if __name__ == "__main__":
    unittest.main()
