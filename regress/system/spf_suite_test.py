"""The test suite of RFC 7208 through Spf_test!, with a real name server.

Its clients come by the PROXY protocol.  Names that shall not answer are
dropped by a relay in front of the name server.  A few of its senders are no
addresses that MAIL takes; what it says then is checked instead."""

import os
import re
import socket
import struct
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import smtp  # noqa: E402
from dns import Dns  # noqa: E402
from suite import Suite  # noqa: E402

TIMEOUT = 600
DATA = os.path.join(os.path.dirname(__file__), "..", "spf",
                    "rfc7208-tests.txt")
RESULTS = ["none", "pass", "neutral", "softfail", "fail", "temperror",
           "permerror"]


def unhex(text):
    return b"" if text == "-" else bytes.fromhex(text)


def read_suite():
    """(scenario, records, timeouts, cases) of each."""
    scenarios = []
    with open(DATA) as f:
        for line in f:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "scenario":
                scenarios.append((rest, [], set(), []))
            elif word == "record":
                scenarios[-1][1].append(rest.split(" ", 2))
            elif word == "timeout":
                scenarios[-1][2].add(unhex(rest).lower())
            elif word == "case":
                scenarios[-1][3].append(rest.split(" "))
    return scenarios


def escaped(octets):
    return "".join(f"\\{o:03d}" if o <= 32 or o > 126 or o in b'"\\;()@$'
                   else chr(o) for o in octets)


def zone_record(name, kind, value):
    owner = escaped(unhex(name))
    if kind == "TXT":
        texts = []
        for part in value.split(" "):
            octets = unhex(part)
            for i in range(0, max(1, len(octets)), 255):
                texts.append(f'"{escaped(octets[i:i + 255])}"')
        return f"{owner} TXT {' '.join(texts)}"
    if kind == "MX":
        preference, _, host = value.partition(" ")
        return f"{owner} MX {preference} {host.rstrip('.')}."
    if kind in ("PTR", "CNAME"):
        return f"{owner} {kind} {value.rstrip('.')}."
    return f"{owner} {kind} {value}"


class Relay:
    """UDP to the name server; drops questions for certain names."""

    def __init__(self, dns):
        self.address = "127.0.0.1"
        self.target = (dns.address, dns.port)
        self.drops = {}     # name -> types that do answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while True:
            packet, client = self.socket.recvfrom(4096)
            if packet == b"":
                return
            name, at = [], 12
            while packet[at]:
                name.append(packet[at + 1:at + 1 + packet[at]].lower())
                at += 1 + packet[at]
            kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
            answers = self.drops.get(b".".join(name))
            if answers is not None and kind not in answers:
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.connect(self.target)
                try:
                    s.send(packet)
                    self.socket.sendto(s.recv(65535), client)
                except OSError:
                    pass

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", (self.address, self.port))
        self.thread.join(10)
        self.socket.close()


class Spf(unittest.TestCase):
    def result(self, s, client, helo, sender):
        """The number that the rules see, or the reply that came first."""
        family = b"TCP6" if ":" in client else b"TCP4"
        server = b"::1" if ":" in client else b"127.0.0.1"
        c = smtp.Client(s.more_ports[0], banner=False, timeout=40)
        try:
            c.send(b"PROXY %s %s %s 1234 25\r\n"
                   % (family, client.encode(), server))
            c.greeting = c.reply()
            c.send(b"HELO " + helo + b"\r\n")
            reply = c.reply()
            if reply.code != 250:
                return reply
            c.send(b"MAIL FROM:<" + sender + b">\r\n")
            reply = c.reply()
            found = re.search(rb"spf=(\d)", reply.raw)
            return RESULTS[int(found.group(1))] if found else reply
        finally:
            c.close()

    def run_scenario(self, s, relay, dns, scenario):
        title, records, timeouts, cases = scenario
        kinds = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
        relay.drops = {name: {kinds[k] for n, k, _ in records
                              if k in kinds and unhex(n).lower() == name}
                       for name in timeouts}
        dns.set(*dict.fromkeys(zone_record(*r) for r in records))
        s.selorctl("flush")
        unreachable = 0
        for name, client, helo, sender, wanted in cases:
            with self.subTest(scenario=title, case=name):
                got = self.result(s, client, unhex(helo), unhex(sender))
                if isinstance(got, str):
                    self.assertIn(got, wanted.split(","))
                    continue
                # No address, no host name: nothing is asked.
                self.assertIn(got.code, (501, 553), got)
                unreachable += 1
        return len(cases), unreachable

    def test_suite(self):
        """203 cases; those that SMTP itself refuses are few."""
        with tempfile.TemporaryDirectory() as directory, \
                Dns(directory) as dns:
            relay = Relay(dns)
            self.addCleanup(relay.close)
            with Suite(dns=relay, listen=["proxy"], options=[
                    'Proxy_from "127.0.0.1"',
                    'Event.from \'Spf_test! Reply! "450 spf=%y"\'']) as s:
                count = unreachable = 0
                for scenario in read_suite():
                    n, u = self.run_scenario(s, relay, dns, scenario)
                    count += n
                    unreachable += u
        self.assertEqual(count, 203)
        self.assertLess(unreachable, 12)


if __name__ == "__main__":
    unittest.main()
