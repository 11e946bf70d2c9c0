"""Mx_source! and So_mark! as the network sees them: deliverd in a host of its
own, with addresses to choose from and a filter that counts marks."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

from deliver_hostile_test import CONTENT, Server, good  # noqa: E402
from deliver_rules_test import (  # noqa: E402
    DEST, MARK, NORMAL, OK, SOURCE, TEMP, route)
from deliver_stub import Deliverd  # noqa: E402
from netns import Net  # noqa: E402

TIMEOUT = 120
OURS = ["192.0.2.10", "198.51.100.10", "2001:db8::10", "2001:db8::11"]
COUNTER = """\
table inet marks {
    counter seen { }
    chain out {
        type filter hook output priority 0; policy accept;
        meta mark 4711 counter name seen
    }
}
"""


class Case(unittest.TestCase):
    def setUp(self):
        net = Net()
        self.addCleanup(net.stop)
        self.us = net.host("us", *OURS)
        self.them = net.host("them", "192.0.2.20", "2001:db8::20")
        # Without these, addresses of one link reach no other.
        for host in (self.us, self.them):
            host.run("ip", "-6", "route", "add", "2001:db8::/32", "dev",
                     "eth0", check=False)
        self.seen = []
        self.d = Deliverd(NORMAL, host=self.us)
        self.d.__enter__()
        self.addCleanup(self.d.__exit__, None, None, None)

    def server(self, address):
        def script(server, c):
            self.seen.append(c.conn.getpeername()[0])
            good(server, c)
        with self.them.inside():
            s = Server(script, address, 25)
        self.addCleanup(s.__exit__)

    def send(self, kind, *rules):
        result, = self.d.deliver("s@y.test", ["a@r.test"], CONTENT,
                                 rules=list(rules), timeout=20)
        self.assertEqual(kind, result["result"], result)
        return result

    def test_source(self):
        self.server("192.0.2.20")
        there = route(DEST, "192.0.2.20 25")
        for source in OURS[:2]:
            self.send(OK, there, route(SOURCE, source))
        self.send(OK, there)
        self.assertEqual([OURS[0], OURS[1], OURS[0]], self.seen)

    def test_source_that_went(self):
        self.server("192.0.2.20")
        self.us.run("ip", "addr", "del", OURS[1] + "/24", "dev", "eth0")
        result = self.send(TEMP, route(DEST, "192.0.2.20 25"),
                           route(SOURCE, OURS[1]))
        self.assertIn("source address", result["text"])
        self.assertEqual([], self.seen)

    def test_source_6(self):
        self.server("2001:db8::20")
        for source in OURS[2:]:
            self.send(OK, route(DEST, "2001:db8::20 25"),
                      route(SOURCE, source))
        self.assertEqual(OURS[2:], self.seen)

    def packets(self):
        out = self.us.run("nft", "-j", "list", "counters").stdout
        return [c["counter"]["packets"] for c in json.loads(out)["nftables"]
                if "counter" in c][0]

    def test_mark(self):
        self.us.run("nft", COUNTER)
        self.server("192.0.2.20")
        there = route(DEST, "192.0.2.20 25")
        self.send(OK, there)
        self.send(OK, there, route(MARK, 4712))
        self.assertEqual(0, self.packets())
        self.send(OK, there, route(MARK, 4711))
        first = self.packets()
        self.assertGreater(first, 4)
        self.send(OK, there, route(MARK, 4711), route(SOURCE, OURS[1]))
        self.assertGreater(self.packets(), first)
        self.assertEqual(OURS[1], self.seen[-1])


if __name__ == "__main__":
    unittest.main()
