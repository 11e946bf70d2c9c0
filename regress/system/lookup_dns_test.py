"""Questions to the DNS through lookupd, against a real name server on
loopback: LOOK_DOMAIN, LOOK_PTR, LOOK_ROUTE, and hostile zones."""

import contextlib
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from dns import Dns, reverse  # noqa: E402
from lookup import NO, NULLMX, OK, TEMP, Lookup  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180

LONG = ".".join(["a" * 63] * 3 + ["b" * 53, "test"])

RECORDS = [
    "mx.example.test MX 20 b.example.test.",
    "mx.example.test MX 10 a.example.test.",
    "a.example.test A 192.0.2.1",
    "a.example.test AAAA 2001:db8::1",
    "a.example.test A 192.0.2.2",
    "b.example.test A 192.0.2.3",
    "plain.example.test A 192.0.2.4",
    "plain.example.test AAAA 2001:db8::4",
    "six.example.test AAAA 2001:db8::6",
    "null.example.test MX 0 .",
    "halfnull.example.test MX 0 .",
    "halfnull.example.test MX 10 b.example.test.",
    "text.example.test TXT \"nothing else\"",
    "sub.empty.example.test TXT \"empty has a child\"",
    "cname.example.test CNAME plain.example.test.",
    "cnamemx.example.test CNAME mx.example.test.",
    "dangling.example.test CNAME nothing.example.test.",
    "loop1.example.test CNAME loop2.example.test.",
    "loop2.example.test CNAME loop1.example.test.",
    "tocname.example.test MX 10 cname.example.test.",
    "tocname.example.test MX 20 b.example.test.",
    "onlycname.example.test MX 10 cname.example.test.",
    "toloop.example.test MX 10 loop1.example.test.",
    "toip.example.test MX 10 192.0.2.9.",
    "tonowhere.example.test MX 10 nothing.example.test.",
    "tolocal.example.test MX 10 localhost.",
    "tolocal.example.test MX 20 x.localhost.",
    "tozero.example.test MX 10 zero.example.test.",
    "zero.example.test A 0.0.0.0",
    "zero.example.test A 255.255.255.255",
    "zero.example.test A 224.0.0.1",
    "zero.example.test AAAA ::",
    "zero.example.test AAAA ff02::1",
    "half.example.test MX 10 mx.broken.test.",
    "half.example.test MX 20 b.example.test.",
    "allbad.example.test MX 10 mx.broken.test.",
    "odd.example.test MX 10 bad\\032name.example.test.",
    "odd.example.test MX 20 b.example.test.",
    "xn--bcher-kva.example.test MX 10 b.example.test.",
    f"{LONG} A 192.0.2.5",
    # Clients.
    f"{reverse('127.0.1.1')} PTR good.example.test.",
    "good.example.test A 127.0.1.1",
    f"{reverse('127.0.1.2')} PTR liar.example.test.",
    "liar.example.test A 192.0.2.66",
    f"{reverse('127.0.1.3')} PTR nothing.example.test.",
    f"{reverse('127.0.1.4')} PTR evil\\013\\010MAIL.example.test.",
    f"{reverse('127.0.1.5')} PTR nul\\000l.example.test.",
    f"{reverse('127.0.1.6')} PTR quo\\\"te.example.test.",
    f"{reverse('127.0.1.7')} PTR two\\032words.example.test.",
    f"{reverse('127.0.1.8')} PTR {LONG}.",
    f"{reverse('127.0.1.9')} PTR single.",
    f"{reverse('127.0.1.10')} PTR Under_Score.Example.TEST.",
    "under_score.example.test A 127.0.1.10",
    f"{reverse('127.0.1.11')} PTR dot\\.dot.example.test.",
    f"{reverse('127.0.1.12')} PTR .",
    f"{reverse('127.0.1.13')} CNAME 13.0/25.1.0.127.in-addr.arpa.",
    "13.0/25.1.0.127.in-addr.arpa PTR classless.example.test.",
    "classless.example.test A 127.0.1.13",
    f"{reverse('127.0.1.14')} PTR wrong.broken.test.",
    f"{reverse('127.0.1.15')} PTR a\\255.example.test.",
    f"{reverse('2001:db8::99')} PTR six6.example.test.",
    "six6.example.test AAAA 2001:db8::99",
]
RECORDS += [f"{reverse('127.0.1.20')} PTR n{i}.example.test."
            for i in range(60)]
RECORDS += [f"n{i}.example.test A 127.0.1.20" for i in range(60)]
RECORDS += [f"many.example.test MX {i % 7} m{i}.example.test."
            for i in range(1000)]
RECORDS += [f"m{i}.example.test A 192.0.2.{i % 250 + 1}"
            for i in range(1000)]
RECORDS += ["wide.example.test MX 10 w.example.test.",
            "wide.example.test MX 20 b.example.test."]
RECORDS += [f"w.example.test A 198.51.{i // 250}.{i % 250 + 1}"
            for i in range(1000)]
RECORDS += [f"equal.example.test MX 10 e{i}.example.test."
            for i in range(6)]
RECORDS += [f"e{i}.example.test A 192.0.2.{100 + i}" for i in range(6)]
RECORDS += [f"deep{i}.example.test CNAME deep{i + 1}.example.test."
            for i in range(40)] + ["deep40.example.test A 192.0.2.7"]


class Zones(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="dns.")
        cls.dns = Dns(cls.dir.name)
        cls.dns.records = list(RECORDS)
        cls.dns.broken_zones = ["broken.test"]
        cls.dns.start()
        cls.l = Lookup(dns=cls.dns)
        cls.l.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.l.stop()
        cls.dns.stop()
        cls.dir.cleanup()

    def test_domain_exists(self):
        for name, one, two in (
                ("mx.example.test", OK, OK),
                ("MX.Example.Test", OK, OK),
                ("plain.example.test", OK, NO),
                ("six.example.test", OK, NO),
                ("text.example.test", OK, NO),
                ("empty.example.test", OK, NO),
                ("cname.example.test", OK, NO),
                ("cnamemx.example.test", OK, OK),
                ("nothing.example.test", NO, NO),
                ("nothing.at.all", NO, NO),
                ("null.example.test", NULLMX, NULLMX),
                ("halfnull.example.test", OK, OK),
                ("x.broken.test", TEMP, TEMP),
                ("loop1.example.test", TEMP, TEMP),
                (LONG, OK, NO),
                ("b\u00fccher.example.test", OK, OK),
                ("[192.0.2.1]", OK, NO),
                ("not a domain", NO, NO),
                ("-x.example.test", NO, NO),
                ("a..b", NO, NO)):
            self.assertEqual(self.l.domain(name, 1), one, name)
            self.assertEqual(self.l.domain(name, 2), two, name)

    def test_route(self):
        status, hosts = self.l.route("mx.example.test")
        self.assertEqual(status, OK)
        self.assertEqual(hosts[0], (10, "a.example.test", "2001:db8::1"))
        self.assertEqual({h[2] for h in hosts[1:3]},
                         {"192.0.2.1", "192.0.2.2"})
        self.assertEqual(hosts[3:], [(20, "b.example.test", "192.0.2.3")])

    def test_route_without_mx(self):
        self.assertEqual(self.l.route("plain.example.test"), (OK, [
            (0, "plain.example.test", "2001:db8::4"),
            (0, "plain.example.test", "192.0.2.4")]))
        self.assertEqual(self.l.route("cname.example.test")[0], OK)
        self.assertEqual(
            self.l.route("text.example.test"), (NO, []))
        self.assertEqual(self.l.route("nothing.example.test"), (NO, []))
        self.assertEqual(self.l.route("dangling.example.test"), (NO, []))

    def test_route_null_mx(self):
        self.assertEqual(self.l.route("null.example.test"), (NULLMX, []))
        self.assertEqual(self.l.route("halfnull.example.test"),
                         (OK, [(10, "b.example.test", "192.0.2.3")]))

    def test_route_to_aliases(self):
        self.assertEqual(self.l.route("tocname.example.test"),
                         (OK, [(20, "b.example.test", "192.0.2.3")]))
        self.assertEqual(self.l.route("onlycname.example.test"), (NO, []))
        self.assertEqual(self.l.route("toip.example.test"), (NO, []))
        self.assertEqual(self.l.route("cnamemx.example.test")[0], OK)
        # Mx_alias_ip, which deliverd reads, for it may be a message's own.
        self.assertEqual(len(self.l.route("onlycname.example.test", 2)[1]), 2)
        self.assertEqual(self.l.route("toip.example.test", 2),
                         (OK, [(10, "192.0.2.9", "192.0.2.9")]))

    def test_route_to_a_host(self):
        """No MX is asked for, and the name may be an alias."""
        self.assertEqual(self.l.route("b.example.test", 1),
                         (OK, [(0, "b.example.test", "192.0.2.3")]))
        self.assertEqual(
            [h[1] for h in self.l.route("cname.example.test", 1)[1]],
            ["cname.example.test"] * 2)
        # It has MX records, and no address.
        self.assertEqual(self.l.route("half.example.test", 1), (NO, []))

    def test_route_to_nowhere(self):
        for name in ("tonowhere", "tolocal", "tozero"):
            self.assertEqual(self.l.route(name + ".example.test"), (NO, []),
                             name)
        self.assertEqual(self.l.route("odd.example.test"),
                         (OK, [(20, "b.example.test", "192.0.2.3")]))

    def test_route_in_trouble(self):
        self.assertEqual(self.l.route("half.example.test"),
                         (OK, [(20, "b.example.test", "192.0.2.3")]))
        self.assertEqual(self.l.route("allbad.example.test"), (TEMP, []))
        self.assertEqual(self.l.route("x.broken.test"), (TEMP, []))
        self.assertEqual(self.l.route("toloop.example.test"), (TEMP, []))

    def test_route_says_what_it_does_not_know(self):
        """The hosts it has may be only those that stand in for others."""
        for name, partial in (("half", 1), ("mx", 0), ("allbad", 1)):
            answer, _ = self.l.call(self.l.deliverd, "LOOK_ROUTE", 60,
                                    domain=name + ".example.test", how=0)
            self.assertEqual(answer["partial"], partial, name)

    def test_route_literals(self):
        self.assertEqual(self.l.route("[192.0.2.77]"), (
            OK, [(0, "[192.0.2.77]", "192.0.2.77")]))
        self.assertEqual(self.l.route("[IPv6:2001:db8::77]"), (
            OK, [(0, "[IPv6:2001:db8::77]", "2001:db8::77")]))
        for bad in ("[0.0.0.0]", "[255.255.255.255]", "[IPv6:ff02::1]",
                    "[1.2.3]", "[IPv6:::1%lo]", "[", "[]", ""):
            self.assertEqual(self.l.route(bad), (NO, []), bad)

    def test_route_idn(self):
        self.assertEqual(self.l.route("b\u00fccher.example.test"),
                         (OK, [(10, "b.example.test", "192.0.2.3")]))

    def test_thousand_mx(self):
        before = time.monotonic()
        status, hosts = self.l.route("many.example.test")
        self.assertLess(time.monotonic() - before, 10 * SLOW)
        self.assertEqual(status, OK)
        self.assertLessEqual(len(hosts), 100)
        self.assertGreater(len(hosts), 50)
        self.assertEqual([h[0] for h in hosts], sorted(h[0] for h in hosts))

    def test_thousand_addresses(self):
        status, hosts = self.l.route("wide.example.test")
        self.assertEqual(status, OK)
        self.assertLessEqual(len(hosts), 100)
        # One host does not crowd the next one out.
        self.assertEqual(hosts[-1][2], "192.0.2.3")

    def test_equal_preferences_change_places(self):
        firsts = {self.l.route("equal.example.test")[1][0][2]
                  for _ in range(60)}
        self.assertGreater(len(firsts), 3)

    def test_long_chain(self):
        # Ends, one way or the other.
        self.assertIn(self.l.route("deep0.example.test")[0], (OK, TEMP))

    def test_ptr(self):
        for ip, want in (
                ("127.0.1.1", (OK, "good.example.test", 1)),
                ("127.0.1.2", (OK, "liar.example.test", 0)),
                ("127.0.1.3", (OK, "nothing.example.test", 0)),
                ("127.0.1.8", (OK, LONG, 0)),
                ("127.0.1.10", (OK, "under_score.example.test", 1)),
                ("127.0.1.13", (OK, "classless.example.test", 1)),
                ("127.0.1.14", (TEMP, "wrong.broken.test", 0)),
                ("127.0.1.200", (NO, "", 0)),
                ("2001:db8::99", (OK, "six6.example.test", 1)),
                ("2001:db8::98", (NO, "", 0)),
                ("::ffff:127.0.1.1", (OK, "good.example.test", 1))):
            self.assertEqual(self.l.ptr(ip), want, ip)
        # Hostile names count as none: 78.
        for n in (4, 5, 6, 7, 9, 11, 12, 15):
            self.assertEqual(self.l.ptr(f"127.0.1.{n}"), (NO, "", 0), n)
        status, name, confirmed = self.l.ptr("127.0.1.20")
        self.assertEqual((status, confirmed), (OK, 1))
        self.assertRegex(name, r"^n\d+\.example\.test$")

    def test_identical_questions_are_joined(self):
        # While the server is silent they are all under way together.
        self.dns.mute()
        try:
            ids = [self.l.smtpd.ask("LOOK_DOMAIN",
                                    domain="join.example.test",
                                    level=1) for _ in range(300)]
            time.sleep(0.5)
        finally:
            self.dns.unmute()
        self.l.wait(lambda: all(i in self.l.smtpd.answers for i in ids),
                    "answers")
        client = self.l.client()
        self.l.clients.append(client)
        _, lines = self.l.call(client, "CTL_LIST", what=2, query="")
        joined = int(lines[0]["line"].split("dns_joined=")[1].split()[0])
        self.assertGreaterEqual(joined, 299)

    def test_no_descriptor_is_left(self):
        for _ in range(3):
            self.l.route("many.example.test")
        before = self.l.fds()
        for i in range(20):
            self.l.route(f"m{i}.example.test")
        self.assertLessEqual(self.l.fds(), before + 2)

    def test_cage_holds(self):
        self.l.domain("mx.example.test")
        with open(f"/proc/{self.l.daemon.pid}/status") as f:
            self.assertIn("Seccomp:\t2", f.read())
        self.assertEqual(
            len(os.listdir(f"/proc/{self.l.daemon.pid}/task")), 1)


class Servers(unittest.TestCase):
    """Servers that are away, slow, or lie."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="dns.")
        self.addCleanup(self.dir.cleanup)

    def test_nobody_listens(self):
        with Lookup() as l:
            self.assertEqual(l.domain("mx.example.test"), TEMP)
            self.assertEqual(l.ptr("127.0.1.1"), (TEMP, "", 0))
            self.assertEqual(l.route("mx.example.test"), (TEMP, []))

    def test_mute_then_back(self):
        with Dns(self.dir.name) as dns:
            dns.set("mx.example.test MX 10 a.example.test.",
                    "a.example.test A 192.0.2.1")
            with Lookup(dns=dns) as l:
                dns.mute()
                before = time.monotonic()
                self.assertEqual(l.domain("mx.example.test"), TEMP)
                self.assertLess(time.monotonic() - before, 16 * SLOW)
                dns.unmute()
                deadline = time.monotonic() + 40 * SLOW
                while l.domain("mx.example.test") != OK:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.5)

    def test_reload_to_another_server(self):
        with Dns(os.path.join(self.dir.name, "1")) as one, \
                Dns(os.path.join(self.dir.name, "2")) as two:
            one.set("host.example.test A 192.0.2.1")
            two.set("host.example.test A 192.0.2.2")
            with Lookup(dns=one) as l:
                self.assertEqual(l.route("host.example.test")[1][0][2],
                                 "192.0.2.1")
                fds = l.fds()
                for dns, want in ((two, "192.0.2.2"), (one, "192.0.2.1")) * 3:
                    l.configure(l.parent, [(
                        "Dns_server", f'"{dns.address}@{dns.port}"')])
                    self.assertEqual(l.route("host.example.test")[1][0][2],
                                     want)
                self.assertLessEqual(l.fds(), fds + 2)

    def test_flush(self):
        with Dns(self.dir.name) as dns:
            dns.set("host.example.test 3600 A 192.0.2.1")
            with Lookup(dns=dns) as l:
                self.assertEqual(l.route("host.example.test")[1][0][2],
                                 "192.0.2.1")
                dns.set("host.example.test 3600 A 192.0.2.2")
                self.assertEqual(l.route("host.example.test")[1][0][2],
                                 "192.0.2.1", "it is cached")
                client = l.client()
                l.clients.append(client)
                answer, _ = l.call(client, "CTL_ACT", action=6, query="")
                self.assertEqual(answer["status"], 0)
                self.assertEqual(l.route("host.example.test")[1][0][2],
                                 "192.0.2.2")

    def fake(self, reply):
        """A server over UDP; reply(question) gives the packets to send."""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.2)
        done = threading.Event()

        def serve():
            while not done.is_set():
                try:
                    data, who = s.recvfrom(4096)
                except TimeoutError:
                    continue
                for packet in reply(data):
                    s.sendto(packet, who)
        t = threading.Thread(target=serve)
        t.start()
        self.addCleanup(s.close)
        self.addCleanup(t.join)
        self.addCleanup(done.set)
        dns = type("Fake", (), {})()
        dns.address, dns.port = s.getsockname()
        return dns

    def test_lies(self):
        def question(q):
            end = 12
            while q[end]:
                end += q[end] + 1
            return q[12:end + 5]

        def answer(q, ident=None, rcode=0, data=b"\x7f\0\0\1", count=1,
                   tc=False):
            head = struct.pack("!6H", struct.unpack("!H", q[:2])[0]
                               if ident is None else ident,
                               0x8180 | rcode | (0x200 if tc else 0), 1,
                               count, 0, 0)
            rr = b"\xc0\x0c" + question(q)[-4:] + struct.pack(
                "!IH", 60, len(data)) + data
            return head + question(q) + rr * count

        cases = [
            ("spoofed", lambda q: [answer(q, ident=(q[0] << 8 | q[1]) ^ 1)]),
            ("junk", lambda q: [os.urandom(40), b"", b"\0" * 12, q[:11]]),
            ("short", lambda q: [answer(q)[:-2]]),
            ("wrong", lambda q: [answer(q, data=b"\x7f\0")]),
            ("refused", lambda q: [answer(q, rcode=5, count=0)]),
            ("formerr", lambda q: [answer(q, rcode=1, count=0)]),
            ("truncated", lambda q: [answer(q, tc=True)]),
        ]
        with contextlib.ExitStack() as stack:
            asked = []
            for name, reply in cases:
                l = stack.enter_context(Lookup(dns=self.fake(reply)))
                asked.append((name, l, l.smtpd.ask(
                    "LOOK_DOMAIN", domain="x.example.test", level=1)))
            for name, l, ident in asked:
                with self.subTest(name):
                    answer = l.wait(lambda: l.smtpd.answers.get(ident), name)
                    self.assertEqual(answer["status"], TEMP)
                    self.assertIsNone(l.daemon.poll())

    def test_asker_goes_while_it_waits(self):
        with Dns(self.dir.name) as dns, Lookup(dns=dns) as l:
            dns.mute()
            for i in range(100):
                l.smtpd.ask("LOOK_DOMAIN", domain=f"x{i}.example.test",
                            level=1)
            time.sleep(0.3)
            l.smtpd.sock.close()
            l.smtpd = l.join(l.parent, "SMTPD")
            dns.unmute()
            self.assertEqual(l.domain("y.example.test"), NO)
            l.daemon.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
