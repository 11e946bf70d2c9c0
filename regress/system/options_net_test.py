"""Where addresses matter: clients and servers as hosts of their own, in
network namespaces, on port 25."""

import os
import re
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns
import procs
import smtp
from netns import Net
from sink import Sink
from suite import SLOW, Suite

TIMEOUT = 240
USER = "user@example.test"
MAIL4, MAIL6 = "192.0.2.10", "2001:db8::10"
RECORDS = []
for name, address in (("mail", MAIL4), ("ann", "192.0.2.20"),
                      ("bob", "198.51.100.20")):
    RECORDS += [f"{name}.test A {address}",
                f"{dns.reverse(address)} PTR {name}.test."]
RECORDS += [f"{dns.reverse('2001:db8::20')} PTR ann.test.",
            "ann.test AAAA 2001:db8::20",
            # Bob's other address claims to be Ann's.
            f"{dns.reverse('198.51.100.21')} PTR ann.test."]


class Case(unittest.TestCase):
    """A host for us with a name server, and two for clients."""

    def setUp(self):
        self.net = self.keep(Net())
        self.mail = self.net.host("mail", MAIL4, MAIL6)
        self.ann = self.net.host("ann", "192.0.2.20", "2001:db8::20",
                                 "2001:db8::21")
        self.bob = self.net.host("bob", "198.51.100.20", "198.51.100.21")
        folder = tempfile.mkdtemp(prefix="net.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.dns = dns.Dns(folder, address=MAIL4, host=self.mail)
        self.dns.set(*RECORDS)
        self.keep(self.dns)

    def keep(self, thing):
        self.addCleanup(thing.stop)
        if not isinstance(thing, (Net, Sink)):
            thing.start()
        return thing

    def suite(self, *options):
        s = Suite(host=self.mail, address=MAIL4, port=25, dns=self.dns,
                  options=[f'Listen "[{MAIL6}]:25"', "Qsleep_time 1",
                           *options])
        s.__enter__()
        self.addCleanup(s.__exit__, None, None, None)
        return s

    def client(self, host, source, port=25):
        server = MAIL6 if ":" in source else MAIL4
        with host.inside():
            return smtp.Client(port, server, source=source)


class Clients(Case):
    def test_who_is_who(self):
        """Name, relay and floods go by the address of the host."""
        s = self.suite("Resolve_all 1",
                       'Relay_from "198.51.100.0/31 198.51.100.21 '
                       '2001:db8::20/128"',
                       "Limit_buf 50", "Limit_cnx 4", "Limit_time 60")
        rows = (
            # host, source, Received, may relay
            (self.ann, "192.0.2.20", "ann.test [192.0.2.20]", False),
            (self.ann, "2001:db8::20", "ann.test [IPv6:2001:db8::20]", True),
            (self.ann, "2001:db8::21", "unknown [IPv6:2001:db8::21]", False),
            (self.bob, "198.51.100.20", "bob.test [198.51.100.20]", False),
            (self.bob, "198.51.100.21", "unknown [198.51.100.21]", True),
        )
        for n, (host, source, received, relay) in enumerate(rows):
            with self.client(host, source) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250 if relay else 550, "RCPT TO:<x@far.test>")
                c.expect(250, "RSET")
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message(f"m{n}")))
                self.assertEqual(c.reply(), 250)
            raw = [r for r in s.maildir().wait(n + 1)
                   if f"X-Regress-Id: m{n}\n".encode() in r][0]
            self.assertIn(f"({received})".encode(),
                          raw.split(b"\n\tby ")[0], source)
        # No address has come four times; the two of IPv6 are one /64.
        self.assertEqual(self.floods(s), 0)
        self.client(self.bob, "198.51.100.20").close()
        self.client(self.ann, "2001:db8::21").close()
        self.assertEqual(self.floods(s), 0)
        self.client(self.ann, "2001:db8::20").close()
        self.assertEqual(self.floods(s), 1)

    def floods(self, s):
        return s.show("stats")["smtpd"]["floods"]

    def test_proxy(self):
        """Bob is a balancer, Ann is not."""
        s = self.suite(f'Listen "{MAIL4}:26 proxy"',
                       'Proxy_from "198.51.100.0/24"',
                       'Relay_from "192.0.2.99"')
        head = "PROXY TCP4 192.0.2.99 192.0.2.10 4000 25"

        def ip():
            return re.search(r"ip=(\S+)", [x for x in s.log("selor")
                                           if " connect " in x][-1])[1]
        with self.bob.inside():
            c = smtp.Client(26, MAIL4, banner=False)
        with c:
            c.send(head.encode() + b"\r\n")
            self.assertEqual(c.reply(), 220)
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, "RCPT TO:<x@far.test>")
            self.assertEqual(ip(), "192.0.2.99")
        with self.client(self.ann, "192.0.2.20", 26) as c:
            c.expect(500, head)
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(550, "RCPT TO:<x@far.test>")
            self.assertEqual(ip(), "192.0.2.20")


class Servers(Case):
    """Other hosts' MX: where a message goes, and from where."""

    HOSTS = {"one": ("203.0.113.1", "2001:db8::1:1"),
             "two": ("203.0.113.2", "2001:db8::1:2"),
             "three": ("203.0.113.3",)}

    def setUp(self):
        super().setUp()
        self.hosts, self.sinks, records = {}, {}, []
        for name, addresses in self.HOSTS.items():
            self.hosts[name] = self.net.host(name, *addresses)
            for a in addresses:
                with self.hosts[name].inside():
                    self.sinks[a] = self.keep(Sink(address=a, port=25))
                kind = "AAAA" if ":" in a else "A"
                records.append(f"{name}.far.test {kind} {a}")
        self.dns.add(*records, "pref.test MX 10 one.far.test.",
                     "pref.test MX 20 two.far.test.",
                     "pref.test MX 30 three.far.test.",
                     "equal.test MX 10 one.far.test.",
                     "equal.test MX 10 two.far.test.",
                     "both.test MX 10 one.far.test.",
                     "loop.test MX 10 mail.test.",
                     "loop.test MX 20 three.far.test.",
                     "backup.test MX 10 three.far.test.",
                     "backup.test MX 20 mail.test.")

    def send(self, s, to, ident, sender=USER):
        with self.ann.inside():
            reply = smtp.send_message(25, sender, to,
                                      smtp.make_message(ident), MAIL4)
        self.assertEqual(reply, 250)

    def counts(self):
        return {a: len(x.messages) for a, x in self.sinks.items()
                if x.messages}

    def host_of(self, ident, timeout=30):
        """Address of the sink that got this message."""
        def test():
            return [a for a, x in self.sinks.items() for m in x.messages
                    if f"X-Regress-Id: {ident}\r".encode() in m.data]
        return procs.wait_for(test, timeout * SLOW, f"message {ident}")[0]

    def test_preference_and_dead_hosts(self):
        # A connection that was kept open to a host that is cut off ends
        # by Timeout.
        s = self.suite('Relay_from "192.0.2.0/24"', "Connect_timeout 2",
                       "Queue_time 0", "Timeout 3")
        one, two = self.HOSTS["one"], self.HOSTS["two"]
        self.send(s, "a@pref.test", "p1")
        self.assertIn(self.host_of("p1"), one)
        # Of two addresses one is dead, whichever it is: the other serves.
        for n, dead in enumerate(one):
            self.sinks[dead].stop()
            self.hosts["one"].run("ip", "addr", "del",
                                  dead + ("/32" if ":" in dead else "/24"),
                                  "dev", "eth0")
            time.sleep(0.1)
            self.send(s, "a@both.test", f"b{n}")
            self.assertEqual(self.host_of(f"b{n}"), one[1 - n])
            self.net.add(self.hosts["one"], dead)
            self.hosts["one"].run("ip", "route", "add", "192.0.2.0/24",
                                  "dev", "eth0", check=False)
            with self.hosts["one"].inside():
                self.sinks[dead] = self.keep(Sink(address=dead, port=25))
        # Unplugged: the next by preference, and then the one after.
        self.net.cut(self.hosts["one"])
        self.send(s, "a@pref.test", "p2")
        self.assertIn(self.host_of("p2"), two)
        self.net.cut(self.hosts["two"])
        self.send(s, "a@pref.test", "p3")
        self.assertEqual(self.host_of("p3"), "203.0.113.3")
        self.assertEqual(self.sinks["203.0.113.3"].sessions[-1].peer[0],
                         MAIL4)

    def test_equals_share(self):
        """Among equals by chance: thirty messages do not all go one way.
        A kept connection is no choice, so each gets a new one."""
        s = self.suite('Relay_from "192.0.2.0/24"', "Tarpit_limit 1",
                       "Tarpit_sleep 0")
        for n in range(30):
            self.send(s, "a@equal.test", f"e{n}")
            self.host_of(f"e{n}")
        names = {a for a in self.counts()}
        self.assertTrue(names & set(self.HOSTS["one"]), names)
        self.assertTrue(names & set(self.HOSTS["two"]), names)

    def test_ourselves(self):
        """Best MX ourselves by address: a loop, reported.  As backup: only
        to those before us, however long they are away."""
        s = self.suite('Relay_from "192.0.2.0/24"', "Connect_timeout 1",
                       "Queue_time 0")
        self.send(s, "a@loop.test", "l1")
        raw = s.maildir().wait(1)[0]
        self.assertIn(b"5.4.6", raw)
        self.sinks["203.0.113.3"].stop()
        self.send(s, "a@backup.test", "u1")
        s.wait_log(" deferred .*backup.test", name="summary")
        with self.hosts["three"].inside():
            self.sinks["203.0.113.3"] = self.keep(
                Sink(address="203.0.113.3", port=25))
        self.assertEqual(self.host_of("u1"), "203.0.113.3")
        own = [x for x in s.log("selor") if f"ip={MAIL4}" in x
               or f"ip={MAIL6}" in x]
        self.assertEqual(own, [], "we spoke to ourselves")


if __name__ == "__main__":
    unittest.main()
