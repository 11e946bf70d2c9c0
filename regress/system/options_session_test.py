"""Options of receiving that a client or the logs can tell: floods, load,
PROXY, slow and silent clients, addresses without brackets or domain."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns
import faults
import ports
import procs
import smtp
from suite import SLOW, Suite

TIMEOUT = 240
USER = "user@example.test"
V2 = b"\r\n\r\n\0\r\nQUIT\n"


def stat(s, name):
    return s.show("stats")["smtpd"][name]


class Floods(unittest.TestCase):
    def knock(self, s, times, pause=0.0, source="127.0.0.1"):
        for _ in range(times):
            smtp.Client(s.port, source=source).close()
            time.sleep(pause)

    def test_ring(self):
        """Seen at Limit_cnx, not before; per address; let in all the
        same, because Event.limit has no rules yet."""
        with Suite(options=["Limit_buf 50", "Limit_cnx 5",
                            "Limit_time 30"]) as s:
            self.knock(s, 4)
            self.knock(s, 4, source="127.0.0.2")
            self.assertEqual(stat(s, "floods"), 0)
            self.knock(s, 2)
            self.assertEqual(stat(s, "floods"), 2)
            line = s.wait_log("flood: ", name="warning")
            self.assertEqual(len(line), 1, "one warning, not one each")
            self.assertIn("5 connections of 127.0.0.1", line[0])
            # Off: nothing is counted any more.
            s.reload(["Limit_buf 0", "Limit_cnx 5", "Limit_time 30"])
            self.knock(s, 8)
            self.assertEqual(stat(s, "floods"), 2)

    def test_ring_of_several_processes(self):
        """Four processes see what one would: connections that any of them
        took count for all, also when one of them was killed; one warning
        is given."""
        with Suite(options=["Limit_buf 50", "Limit_cnx 8", "Limit_time 30",
                            "Smtpd_procs 4"]) as s:
            with contextlib.ExitStack() as stack:
                # Held open together, so that not one process has them all.
                for _ in range(7):
                    c = smtp.Client(s.port)
                    stack.callback(c.close)
                self.assertEqual(self.floods_of_all(s), 0)
            for _ in range(5):
                smtp.Client(s.port).close()
            self.assertEqual(self.floods_of_all(s), 5)
            line = s.wait_log("flood: ", name="warning")
            self.assertEqual(len(line), 1, line)
            self.assertIn("8 connections of 127.0.0.1", line[0])
            # What all remember outlives each.
            for pid in s.find("smtpd"):
                os.kill(pid, signal.SIGKILL)
                procs.wait_for(lambda: pid not in s.find("smtpd") and
                               len(s.find("smtpd")) == 4, 20 * SLOW,
                               "another smtpd")
            before = self.floods_of_all(s)
            smtp.Client(s.port).close()
            procs.wait_for(lambda: self.floods_of_all(s) == before + 1,
                           10 * SLOW, "one more of the flood")

    @staticmethod
    def floods_of_all(s):
        """The sum over all processes; each has its own control socket."""
        return sum(v["floods"] for k, v in s.show("stats").items()
                   if k.startswith("smtpd"))

    def test_limit_time(self):
        """The same connections a little apart make no flood."""
        with Suite(options=["Limit_buf 50", "Limit_cnx 3",
                            "Limit_time 1"]) as s:
            self.knock(s, 4, pause=1.1)
            self.assertEqual(stat(s, "floods"), 0)
            self.knock(s, 3)
            self.assertEqual(stat(s, "floods"), 1)

    def test_buffer_is_the_memory(self):
        """Of a ring of two no three can be seen."""
        with Suite(options=["Limit_buf 2", "Limit_cnx 3",
                            "Limit_time 30"]) as s:
            self.knock(s, 6)
            self.assertEqual(stat(s, "floods"), 0)
            s.reload(["Limit_buf 2", "Limit_cnx 2", "Limit_time 30"])
            self.knock(s, 2)
            self.assertGreaterEqual(stat(s, "floods"), 1)


class Load(unittest.TestCase):
    OPTIONS = ["Lavg_negative 10", "Lavg_queue 5", "Qsleep_time 1",
               'Msg_lavg "450 t-load"']

    def set(self, s, f, load):
        f.clear()
        f.set("selor", "getloadavg", load)
        procs.wait_for(lambda: stat(s, "load_hundredths") == load * 100,
                       20 * SLOW, "the load in smtpd")

    def test_both_limits(self):
        with faults.Faults() as f, \
                Suite(options=self.OPTIONS, env=f.env) as s:
            self.set(s, f, 11)
            with smtp.Client(s.port) as c:
                c.ehlo()
                reply = c.cmd("MAIL FROM:<a@client.test>")
                self.assertEqual(reply.code, 450)
                self.assertIn("t-load", reply.text)
                self.set(s, f, 10)
                # Not above the limit; but above the queue's.
                self.assertEqual(smtp.send_message(
                    s.port, "a@client.test", USER,
                    smtp.make_message("1")), 250)
                c.expect(250, "MAIL FROM:<a@client.test>")
            time.sleep(2.5)
            self.assertEqual(s.maildir().count(), 0)
            self.set(s, f, 5)
            s.maildir().wait(1)
            rows = s.log("summary")
            self.assertIn("attempts=1", [r for r in rows
                                         if " delivered " in r][0],
                          "what the load put off does not count")
            # 0 turns both off.
            self.set(s, f, 99)
            s.reload(["Lavg_negative 0", "Lavg_queue 0", "Qsleep_time 1"])
            self.assertEqual(smtp.send_message(
                s.port, "a@client.test", USER, smtp.make_message("2")), 250)
            s.maildir().wait(2)


class Proxy(unittest.TestCase):
    def v2(self, command, family, body):
        return V2 + struct.pack("!BBH", 0x20 | command, family,
                                len(body)) + body

    def ip4(self, source, port):
        return (socket.inet_aton(source) + socket.inet_aton("192.0.2.1")
                + struct.pack("!HH", port, 25))

    def ask(self, port, head, source="127.0.0.1"):
        """The greeting behind a header, or what came before the end."""
        c = smtp.Client(port, banner=False, source=source)
        with c:
            c.send(head)
            try:
                code = c.reply().code
                c.expect(250, "EHLO behind.test")
                c.quit()
                return code
            except smtp.Closed as e:
                return e.args[0]

    def client_of(self, s):
        """The address that the last session is logged with."""
        line = [r for r in s.log("selor") if " connect " in r][-1]
        return re.search(r"ip=(\S+) port=(\d+)", line).groups()

    def test_versions_and_addresses(self):
        port = ports.free()
        with Suite(options=[f'Listen "127.0.0.1:{port} proxy"',
                            'Proxy_from "127.0.0.1 127.0.3.0/24"']) as s:
            six = (socket.inet_pton(socket.AF_INET6, "2001:db8::7")
                   + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
                   + struct.pack("!HH", 4007, 25))
            rows = (
                (b"PROXY TCP4 192.0.2.9 192.0.2.1 4009 25\r\n",
                 ("192.0.2.9", "4009")),
                (b"PROXY TCP6 2001:db8::8 2001:db8::1 4008 25\r\n",
                 ("2001:db8::8", "4008")),
                (self.v2(1, 0x11, self.ip4("198.51.100.6", 4006)),
                 ("198.51.100.6", "4006")),
                (self.v2(1, 0x21, six), ("2001:db8::7", "4007")),
                # What stands behind the addresses is passed over.
                (self.v2(1, 0x11, self.ip4("198.51.100.5", 4005)
                         + b"\4\0\3abc"), ("198.51.100.5", "4005")),
            )
            for head, client in rows:
                self.assertEqual(self.ask(port, head, "127.0.3.9"), 220,
                                 head)
                self.assertEqual(self.client_of(s), client)
            for head in (b"PROXY UNKNOWN\r\n", self.v2(0, 0, b"")):
                self.assertEqual(self.ask(port, head), 220, head)
                self.assertEqual(self.client_of(s)[0], "127.0.0.1")
            # No header, or a wrong one, from one who must send it.
            for head in (b"EHLO x.test\r\n", b"PROXY TCP4 1.2.3 x\r\n",
                         V2 + b"\x31\x11\0\0"):
                self.assertEqual(self.ask(port, head), b"", head)
            # An address that is not listed is a client like any other:
            # its header is no command, and it is nobody else.
            with smtp.Client(port, source="127.0.0.2") as c:
                self.assertEqual(
                    c.cmd("PROXY TCP4 192.0.2.9 192.0.2.1 1 25").code, 500)
                c.expect(250, "EHLO x.test")
            self.assertEqual(self.client_of(s)[0], "127.0.0.2")
            # And on a port without the word nobody may say it.
            with smtp.Client(s.port) as c:
                self.assertEqual(
                    c.cmd("PROXY TCP4 192.0.2.9 192.0.2.1 1 25").code, 500)

    def test_relay_by_the_address_behind(self):
        port = ports.free()
        with Suite(options=[f'Listen "127.0.0.1:{port} proxy"',
                            'Proxy_from "127.0.0.1"',
                            'Relay_from "192.0.2.0/24"']) as s:
            for source, code in (("192.0.2.9", 250), ("192.0.3.9", 550)):
                with smtp.Client(port, banner=False) as c:
                    c.send(f"PROXY TCP4 {source} 192.0.2.1 9 25\r\n"
                           .encode())
                    self.assertEqual(c.reply(), 220)
                    c.ehlo()
                    c.expect(250, "MAIL FROM:<a@client.test>")
                    c.expect(code, "RCPT TO:<x@elsewhere.test>")


class Time(unittest.TestCase):
    def to_data(self, c):
        c.ehlo()
        c.expect(250, "MAIL FROM:<a@client.test>")
        c.expect(250, f"RCPT TO:<{USER}>")
        c.expect(354, "DATA")

    def test_timeout(self):
        """Silence ends a session in any state; one that speaks lives."""
        with Suite(options=[f"Timeout {2 * SLOW}", "Min_data_rate 0"]) as s, \
                smtp.Client(s.port, timeout=20 * SLOW) as mute, \
                smtp.Client(s.port, timeout=20 * SLOW) as data, \
                smtp.Client(s.port, timeout=20 * SLOW) as alive:
            start = time.monotonic()
            self.to_data(data)
            for _ in range(4):
                time.sleep(0.8 * SLOW)
                alive.expect(250, "NOOP")
            for c in (mute, data):
                self.assertIn(b"421 4.4.2", c.closed())
            took = time.monotonic() - start
            self.assertGreater(took, 2 * SLOW)
            self.assertLess(took, 15 * SLOW)
            alive.expect(250, "NOOP")
            self.assertEqual(s.maildir().count(), 0)

    def trickle(self, seconds, *pairs):
        """So many bytes a step for each client, and for as long.  Those
        that were cut off."""
        end = time.monotonic() + seconds
        cut = set()
        while time.monotonic() < end and len(cut) < len(pairs):
            for c, size in pairs:
                if c not in cut and c.silent(0.05):
                    c.send(b"x" * (size - 2) + b"\r\n")
                else:
                    cut.add(c)
        return cut

    def test_min_data_rate(self):
        """Too slow, fast enough, and as slow where there is no limit."""
        with Suite(options=["Timeout 60", "Min_data_rate 2000"]) as s, \
                Suite(options=["Timeout 60", "Min_data_rate 0"]) as any, \
                smtp.Client(s.port, timeout=30 * SLOW) as slow, \
                smtp.Client(s.port, timeout=30 * SLOW) as fast, \
                smtp.Client(any.port, timeout=30 * SLOW) as free:
            for c in (slow, fast, free):
                self.to_data(c)
                c.send(b"\r\n")
            self.assertEqual(self.trickle(
                14 * SLOW, (slow, 20), (fast, 2000), (free, 20)), {slow})
            self.assertIn(b"421 4.4.2", slow.closed())
            for c in (fast, free):
                c.send(b".\r\n")
                self.assertEqual(c.reply(), 250)
            self.assertEqual(stat(s, "slow"), 1)


class Addresses(unittest.TestCase):
    def codes(self, s, *lines):
        with smtp.Client(s.port) as c:
            c.ehlo()
            return [c.cmd(line).code for line in lines]

    BARE = ("MAIL FROM:a@client.test", f"RCPT TO:{USER}", "RSET",
            "MAIL FROM:<a@client.test>", f"RCPT TO:<{USER}>")

    def test_brackets(self):
        with Suite() as s:
            self.assertEqual(self.codes(s, *self.BARE),
                             [250, 250, 250, 250, 250])
            s.reload(["Proto_level_check 1"])
            self.assertEqual(self.codes(s, *self.BARE),
                             [501, 503, 250, 250, 250])
            self.assertEqual(self.codes(
                s, "MAIL FROM:<a@client.test>", f"RCPT TO:{USER}"),
                [250, 501])

    def test_domain_added(self):
        lines = ("MAIL FROM:<boss>", "RCPT TO:<user>", "RCPT TO:<nobody>")
        with Suite() as s:
            self.assertEqual(self.codes(s, *lines)[0], 501)
            s.reload(['Df_domain "example.test"'])
            self.assertEqual(self.codes(s, *lines), [250, 250, 550])
            self.assertEqual(smtp.send_message(
                s.port, "boss", "user", smtp.make_message("1")), 250)
            raw = s.maildir().wait(1)[0]
            self.assertIn(b"Return-Path: <boss@example.test>", raw)
            self.assertIn(b"Delivered-To: user@example.test", raw)

    def test_levels_of_minus_one(self):
        """Taken although unknown or full, and then bounced."""
        users = {USER: {}, "full@example.test": {"quota": 10, "used": 20}}
        for option in ("Rcpt_level_check -1", "From_level_check -1"):
            with Suite(users=users, options=[option]) as s:
                self.assertEqual(self.codes(
                    s, f"MAIL FROM:<{USER}>", "RCPT TO:<none@example.test>",
                    "RCPT TO:<full@example.test>"), [250, 250, 250], option)
        with Suite(users=users, options=["Rcpt_level_check -1"]) as s:
            self.assertEqual(smtp.send_message(
                s.port, USER, "none@example.test",
                smtp.make_message("1")), 250)
            self.assertIn(b"none@example.test", s.maildir().wait(1)[0])

    def test_messages_per_connection(self):
        with Suite(options=["Max_msgs_per_cnx 2"]) as s, \
                smtp.Client(s.port) as c:
            words = c.ehlo()
            self.assertIn("MAILMAX=2", words["LIMITS"])
            for i in range(2):
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, f"RCPT TO:<{USER}>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message(str(i))))
                self.assertEqual(c.reply(), 250)
            self.assertEqual(c.cmd("MAIL FROM:<a@client.test>").code, 421)
            c.closed()
            s.maildir().wait(2)


class Trouble(unittest.TestCase):
    """What the spool itself refuses."""

    def reply(self, s, size=0):
        with smtp.Client(s.port, timeout=30 * SLOW) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, f"RCPT TO:<{USER}>")
            reply = c.cmd("DATA")
            if reply.code == 354:
                c.send(smtp.dot_stuff(smtp.make_message("1", size)))
                reply = c.reply()
            return reply

    def test_permission_and_space(self):
        import errno
        options = ['Msg_perm_deny "421 t-denied"',
                   'Msg_nodisk_space "452 t-space"']
        with faults.Faults() as f, Suite(options=options, env=f.env) as s:
            for error, code, text in ((errno.EACCES, 421, "t-denied"),
                                      (errno.ENOSPC, 452, "t-space")):
                f.clear()
                f.set("queued", "open", error)
                reply = self.reply(s, 200000)
                self.assertEqual(reply.code, code, reply)
                self.assertIn(text, reply.text)
            f.clear()
            self.assertEqual(self.reply(s, 200000), 250)
            s.maildir().wait(1)


class Names(unittest.TestCase):
    def test_resolve_all(self):
        folder = tempfile.mkdtemp(prefix="dns.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with dns.Dns(folder) as server:
            server.set(f"{dns.reverse('127.0.0.1')} PTR named.test.",
                       "named.test A 127.0.0.1")
            with Suite(dns=server) as s:
                for i, (value, name) in enumerate(
                        ((0, b"(unknown [127.0.0.1])"),
                         (1, b"(named.test [127.0.0.1])"))):
                    s.reload([f"Resolve_all {value}"])
                    smtp.send_message(s.port, "a@client.test", USER,
                                      smtp.make_message(str(i)))
                    raw = s.maildir().wait(i + 1)
                    self.assertTrue([r for r in raw if name in r], raw)


if __name__ == "__main__":
    unittest.main()
