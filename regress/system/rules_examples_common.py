"""The manual's 104 examples, as they stand in regress/conf/rules/examples.in.

Names and addresses are those that are printed: the suite runs in a host that
has any address, with a name server that has any name.  Paths are the test's
own, in place of the directories of PLACES.  Clients cannot log in yet, so of
examples with Auth? what follows is seen by "selorctl rules explain", which
evaluates in the daemon, and what does not by a client."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import rules  # noqa: E402

USER = "user@example.test"
SENDER = "a@client.test"
# In place of these, directories below the suite's root.
PLACES = (("/usr/local/selor/uteis/", "rules/"), ("/usr/local/selor/",
                                                  "rules/"),
          ("/usr/sbin/anti-virus", "rules/anti-virus"),
          ("/var/spool/selor/", "spool/"), ("/var/log/selor/", "log/"),
          ("/var/mail/", "mail/"), ("/mnt/hd_bk/", "out/"),
          ("external_script.sh", "rules/external_script.sh"))
LOCAL = [USER, "foo@internaldomain.com", "adm@internaldomain.com",
         "test@internaldomain.com",
         "postmaster@example.test"]
REMOTE = ("domain123456.com", "123456domain.com", "testdomain.com",
          "domain.com", "externaldomain.com", "hotmail.com",
          "anotherdomain.com", "mydomainexample.com", "gmail.com",
          "domaintest123.net", "externaldomain.com.br")
LISTS = ("rbl_1.org", "rbl_2.org", "rbl_4.org", "zen.spamhaus.org",
         "b.barracudacentral.org")
LISTED, ONCE, SPAMMER = "203.0.113.66", "203.0.113.67", "203.0.113.68"


def reverse(ip):
    return ".".join(reversed(ip.split(".")))


RECORDS = (
    # Without an MX, for the check of that; mail goes there all the same.
    [f"{d} A 127.0.0.1" for d in REMOTE]
    + [f"{reverse(LISTED)}.{z} A 127.0.0.2" for z in LISTS]
    + [f'{reverse(LISTED)}.{z} TXT "by {z}"' for z in LISTS]
    + [f"{reverse(ONCE)}.zen.spamhaus.org A 127.0.0.2",
       f'{reverse(ONCE)}.zen.spamhaus.org TXT "once"',
       "smtp.externalserverrelay.net A 10.10.10.101",
       "smtp.externaldomaintorelay.com A 10.10.10.102",
       f"{reverse(SPAMMER)}.in-addr.arpa PTR sv1.domainofspammer.com.",
       f"sv1.domainofspammer.com A {SPAMMER}",
       'neutral.test TXT "v=spf1 ?all"', 'soft.test TXT "v=spf1 ~all"',
       'fail.test TXT "v=spf1 -all"'])
AUTH = {"EHLO": b"250-sink.test\r\n250 AUTH PLAIN\r\n",
        "AUTH": b"235 2.7.0 ok\r\n"}

with open(os.path.join(os.path.dirname(__file__),
                       "../conf/rules/examples.in")) as f:
    LINES = f.read().splitlines()


class Examples(rules.Case):
    USERS = {a: {} for a in LOCAL} | {
        "full@example.test": {"quota": 1000, "used": 2000}}
    ALIASES = {"alias@domaintest.com": [USER]}
    DOMAINS = ["internaldomain.net"]
    RECORDS = RECORDS
    OPTIONS = ['Mx_auth_plain "always"', "Connect_timeout 5"]

    def line(self, n):
        """Example n, with the paths of this test."""
        text = LINES[n - 1]
        for place, ours in PLACES:
            text = text.replace(place, self.suite.path(ours))
        return text

    def example(self, n, event, before="", after="", options=(), **more):
        """Example n as the rules of that event, between others."""
        self.rules(options, **{event: f"{before}\n{self.line(n)}\n{after}\n"},
                   **more)

    def refused(self, reply, text, code=550):
        self.assertEqual((reply.code, reply.text), (code, text))

    def taken(self, reply):
        self.assertEqual(reply.code, 250, reply)

    def hits(self, **kw):
        return self.rcpt(**kw).text

    def explain(self, event, *facts):
        """What rules do to somebody who has logged in."""
        return self.suite.selorctl("rules", "explain", event, *facts,
                                   check=False)

    def acts(self, n, event, action, *facts):
        """The example's action is done with those facts, really, and is
        not reached by a client that is nobody; what was said."""
        self.example(n, event)
        said = self.explain("-r", event, *facts)
        self.assertRegex(said, r"(?m)^ +" + re.escape(action) + r".* done")
        self.assertIn("-- the line ends", self.explain(
            "-r", event, *[x for x in facts if not x.startswith("auth=")]))
        return said
