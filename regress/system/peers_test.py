"""The bench itself: the peers that other tests hold the suite against take
a message and show it in a mailbox."""

import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns  # noqa: E402
import netns  # noqa: E402
import peers  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from sink import Sink  # noqa: E402


class Peers(unittest.TestCase):
    def send(self, peer, n):
        for i in range(n):
            reply = smtp.send_message(peer.port, "a@client.test",
                                      "user@example.test",
                                      smtp.make_message(str(i)))
            self.assertEqual(reply.code, 250, reply)
        peer.maildir("user").wait(n)
        self.assertEqual(sorted(peer.maildir("user").ids()),
                         [str(i) for i in range(n)])
        self.assertEqual(peer.count(), n)

    def test_postfix(self):
        with peers.Postfix() as p:
            self.send(p, 3)
            self.assertEqual(p.queue_length(), 0)

    def test_exim(self):
        with peers.Exim() as p:
            self.send(p, 3)

    def test_postfix_relays(self):
        with Sink() as sink:
            relay = f"[127.0.0.1]:{sink.port}"
            with peers.Postfix(domains=("local.test",), relay=relay) as p:
                smtp.send_message(p.port, "a@client.test", "b@far.test",
                                  smtp.make_message("1"))
                self.assertEqual(sink.wait(1)[0].rcpts[0].split()[0],
                                 b"<b@far.test>")

    def test_dovecot_lmtp(self):
        with peers.DovecotLmtp() as p:
            with smtp.Client(p.port) as c:
                c.expect(250, "LHLO client.test")
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, "RCPT TO:<user@example.test>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message("7")))
                self.assertEqual(c.reply().code, 250)
            p.maildir("user").wait(1)
            self.assertEqual(p.maildir("user").ids(), ["7"])

    def test_two_hosts_in_namespaces(self):
        with netns.Net() as net:
            mx = net.host("mx", "192.0.2.10", "2001:db8::10")
            client = net.host("client", "192.0.2.20", "2001:db8::20")
            far = net.host("far", "198.51.100.7")
            with mx.inside():
                sink = Sink(address="192.0.2.10")
                sink6 = Sink(address="2001:db8::10")
            with sink, sink6:
                for host, to, server in ((client, "192.0.2.10", sink),
                                         (far, "192.0.2.10", sink),
                                         (client, "2001:db8::10", sink6)):
                    with host.inside():
                        smtp.send_message(server.port, "a@client.test",
                                          "b@mx.test",
                                          smtp.make_message("1"), to)
                    self.assertIn(server.sessions[-1].peer[0],
                                  host.addresses)
                net.cut(far)
                with far.inside(), self.assertRaises(OSError):
                    smtp.Client(sink.port, "192.0.2.10", timeout=1)
                net.mend(far)

    def test_name_server_and_mx_in_namespaces(self):
        with netns.Net() as net:
            mx = net.host("mx", "192.0.2.10")
            ns = net.host("ns", "192.0.2.53")
            client = net.host("client", "203.0.113.9")
            with dns.Dns(ns_dir := tempfile.mkdtemp(), "192.0.2.53",
                         recursor=True, host=ns) as server, \
                    peers.Exim(address="192.0.2.10", host=mx) as exim:
                server.set("example.test MX 5 mx.example.test.")
                code, count, _ = dns.ask("192.0.2.53", server.port,
                                         "example.test", "MX", host=client)
                self.assertEqual((code, count), ("NOERROR", 1))
                with client.inside():
                    smtp.send_message(exim.port, "a@client.test",
                                      "user@example.test",
                                      smtp.make_message("1"), "192.0.2.10")
                exim.maildir("user").wait(1)
            shutil.rmtree(ns_dir)

    def test_smtp_source_and_sink(self):
        with peers.SmtpSink() as s:
            peers.smtp_source(s.port, "user@example.test", sessions=2,
                              messages=10)
            self.assertTrue(procs.alive(s.process.pid))


if __name__ == "__main__":
    unittest.main()
