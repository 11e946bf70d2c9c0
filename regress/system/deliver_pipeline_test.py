"""Commands behind the content (RFC 2920 section 3.1): what deliverd sends of
the next message before the last one is decided, and that whatever becomes of
either is told of the right one."""

import os
import resource
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

import netns  # noqa: E402
import procs  # noqa: E402
import suite  # noqa: E402
import deliver_hostile_test as hostile  # noqa: E402
from deliver_stub import LOCAL, LOOK_OK, OK, PERM, TEMP  # noqa: E402

TIMEOUT = 240


def content(i):
    return b"Subject: number %d\r\n\r\n.hello %d\r\n" % (i, i)


def number(data):
    return int(data.split(b"number ")[1].split(b"\r\n")[0])


class Script:
    """A server that takes what comes, and decides on message i as told:
    verdicts[i] is what it says, or a function of (server, connection) that
    says it.  Before it decides on one of "behind" it waits for the next
    MAIL, and fails if there is none."""

    def __init__(self, verdicts=None, behind=(), ehlo=hostile.EHLO):
        self.verdicts, self.behind = verdicts or {}, set(behind)
        self.ehlo = ehlo
        self.go = threading.Event()
        self.taken, self.missing, self.early = [], [], []
        self.refuse = {}

    def __call__(self, server, c):
        c.say(b"220 mx")
        c.line()
        self.go.wait()
        c.say(self.ehlo)
        while True:
            self.message(server, c)

    def command(self, c):
        line = c.line()
        verb = line.split(b" ")[0]
        if verb == b"QUIT":
            c.say(b"221 bye")
            raise EOFError
        for text, reply in self.refuse.items():
            if text in line:
                if reply is None:
                    raise EOFError
                c.say(reply)
                return None
        c.say(b"354 go" if verb == b"DATA" else b"250 ok")
        return verb

    def message(self, server, c):
        while self.command(c) != b"DATA":
            pass
        while not (c.buf.startswith(b".\r\n") or b"\r\n.\r\n" in c.buf):
            c.more()
        if c.buf.startswith(b".\r\n"):
            c.buf = c.buf[3:]
            c.say(b"554 nobody")
            return
        c.content()
        i = number(server.messages[-1])
        if i in self.behind:
            self.wait_mail(c, i)
        elif c.buf:
            self.early.append(i)
        verdict = self.verdicts.get(i, b"250 taken")
        if callable(verdict):
            verdict(server, c)
        elif verdict is None:
            raise EOFError
        else:
            if verdict.startswith(b"250"):
                self.taken.append(i)
            c.say(verdict)

    def wait_mail(self, c, i):
        c.conn.settimeout(10 * suite.SLOW)
        try:
            while b"MAIL FROM" not in c.buf:
                c.more()
        except socket.timeout:
            self.missing.append(i)
        c.conn.settimeout(None)


class Pipeline(hostile.Case):
    def run_tasks(self, script, count=6, options=("Dest_max_cnx 1",),
                  timeout=30):
        """Hands over so many tasks before the server says anything; their
        results, one recipient each."""
        with hostile.Server(script) as server:
            with self.deliverd(server.port, options) as d:
                tasks = [d.submit("s%d@y.test" % i, ["u%d@r.test" % i],
                                  content(i)) for i in range(count)]
                script.go.set()
                results = [t.wait(timeout)[0] for t in tasks]
                self.assertEqual([], d.reports)
        self.server = server
        self.assertEqual([], script.missing, "no MAIL behind content")
        return results

    def kinds(self, results):
        return [r["result"] if r else None for r in results]

    def test_next_behind_content(self):
        script = Script(behind=range(1, 5))
        results = self.run_tasks(script)
        self.assertEqual([OK] * 6, self.kinds(results))
        self.assertEqual(1, self.server.connections)
        self.assertEqual(list(range(6)), script.taken)
        # Each envelope with its own content.
        mails = [c for c in self.server.commands if c.startswith(b"MAIL")]
        self.assertEqual([b"s%d@y.test" % i for i in range(6)],
                         [m.split(b"<")[1].split(b">")[0] for m in mails])

    def test_not_behind_the_first(self):
        """How long the server takes is not known yet."""
        script = Script(behind=range(1, 5))
        self.run_tasks(script)
        self.assertEqual([], script.early)

    def test_only_with_pipelining(self):
        script = Script(ehlo=b"250-mx\r\n250 8BITMIME\r\n")
        self.assertEqual([OK] * 6, self.kinds(self.run_tasks(script)))
        self.assertEqual([], script.early)

    def test_not_behind_slow_verdicts(self):
        def slow(_, c):
            time.sleep(1.2)
            c.say(b"250 slow")
        script = Script({0: slow, 1: slow})
        options = ["Dest_max_cnx 1", "Timeout 10"]
        results = self.run_tasks(script, 3, options)
        self.assertEqual([OK] * 3, self.kinds(results))
        self.assertEqual([], script.early)

    def test_not_behind_the_last_allowed(self):
        script = Script(ehlo=hostile.EHLO.replace(
            b"250 8BIT", b"250-LIMITS MAILMAX=3\r\n250 8BIT"),
            behind=(1, 4))
        self.assertEqual([OK] * 6, self.kinds(self.run_tasks(script)))
        self.assertEqual([], script.early)
        self.assertEqual(2, self.server.connections)

    def test_content_refused(self):
        script = Script({2: b"554 5.7.1 two is spam",
                         3: b"451 4.3.0 three later"}, range(1, 5))
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, PERM, TEMP, OK, OK], self.kinds(results))
        self.check(results[2], PERM, "two is spam")
        self.check(results[3], TEMP, "three later")
        self.assertEqual([0, 1, 4, 5], script.taken)

    def test_recipient_refused(self):
        script = Script(behind=(1, 2, 3, 4))
        script.refuse[b"u3@"] = b"550 5.1.1 no three"
        script.behind.discard(3)
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, OK, PERM, OK, OK], self.kinds(results))
        self.check(results[3], PERM, "no three")

    def test_sender_refused(self):
        script = Script(behind=(1, 2, 4))
        script.refuse[b"s3@"] = b"450 4.7.1 not now"
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, OK, TEMP, OK, OK], self.kinds(results))

    def test_closed_without_verdict(self):
        """Only of the one whose content is out nothing is known."""
        script = Script({2: None}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, TEMP, OK, OK, OK], self.kinds(results))
        self.assertEqual([0, 1, 3, 4, 5], sorted(script.taken))

    def test_closed_behind_verdict(self):
        def last(_, c):
            script.taken.append(2)
            c.say(b"250 taken, and good bye")
            raise EOFError
        script = Script({2: last}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK] * 6, self.kinds(results))
        self.assertEqual(list(range(6)), sorted(script.taken))
        self.assertEqual(2, self.server.connections)

    def test_421_for_content(self):
        def going(_, c):
            c.say(b"421 4.3.2 going down")
            raise EOFError
        script = Script({2: going}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, TEMP, OK, OK, OK], self.kinds(results))
        self.check(results[2], TEMP, "going down")

    def test_421_for_what_is_behind(self):
        def going(_, c):
            script.taken.append(2)
            c.say(b"250 taken", b"421 4.3.2 enough")
            raise EOFError
        script = Script({2: going}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK] * 6, self.kinds(results))
        self.assertEqual(list(range(6)), sorted(script.taken))

    def test_silence_for_content(self):
        script = Script({2: lambda s, c: c.wait()}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK, OK, TEMP, OK, OK, OK], self.kinds(results))
        self.check(results[2], TEMP, "timed out")

    def test_reply_too_many(self):
        """It would shift what is said of all that follows."""
        def twice(_, c):
            script.taken.append(2)
            c.say(b"250 taken", b"250 taken")
        script = Script({2: twice}, range(1, 3))
        results = self.run_tasks(script)
        self.assertEqual([OK] * 3, self.kinds(results[:3]))
        self.assertNotIn(PERM, self.kinds(results))
        told = [i for i, k in enumerate(self.kinds(results)) if k == OK]
        self.assertEqual(told, sorted(script.taken))

    def test_large_behind_large(self):
        """Content that does not fit the buffer, with commands behind it."""
        def big(i):
            return content(i) + b"x" * 70 + b"\r\n" + b"line\r\n" * 100000
        script = Script(behind=(1, 2))
        with hostile.Server(script) as server:
            with self.deliverd(server.port, ["Dest_max_cnx 1"]) as d:
                tasks = [d.submit("s@y.test", ["u@r.test"], big(i))
                         for i in range(4)]
                script.go.set()
                for t in tasks:
                    self.check(t.wait(60)[0], OK)
        self.assertEqual([], script.missing)
        self.assertEqual(
            [len(big(i)) + 1 for i in range(4)],
            [len(m) for m in server.messages])

    def test_queued_goes(self):
        """The next one's commands are out, its content must not follow."""
        seen, hold = threading.Event(), threading.Event()

        def wait(_, c):
            seen.set()
            hold.wait(20)
            script.taken.append(1)
            c.say(b"250 taken")
        script = Script({1: wait}, (1,))
        with hostile.Server(script) as server:
            with self.deliverd(server.port, [
                    "Dest_max_cnx 1", "Timeout 20"]) as d:
                for i in range(4):
                    d.submit("s@y.test", ["u@r.test"], content(i))
                script.go.set()
                self.assertTrue(seen.wait(20))
                d.queued.close()
                d.connect_queued()
                task = d.submit("s@y.test", ["new@r.test"], content(9))
                time.sleep(0.3)
                hold.set()
                self.check(task.wait()[0], OK)
        self.assertEqual([], script.missing)
        self.assertEqual([0, 1, 9], script.taken)


class Lmtp(hostile.Case):
    def test_each_has_its_verdict(self):
        """Two recipients each: two replies behind each content, and then
        those to the commands behind it."""
        def first_only(_, c):
            script.taken.append(2)
            c.say(b"250 taken", b"452 4.2.2 full")

        def both(i):
            def say(_, c):
                script.taken.append(i)
                c.say(b"250 taken", b"250 taken")
            return say
        script = Script({0: both(0), 1: both(1), 2: first_only, 3: both(3)},
                        (1, 2))
        box = {"status": LOOK_OK, "user": "nobody", "home": "/"}
        with hostile.Server(script) as server:
            with hostile.Deliverd(
                    ["Dest_max_cnx 1", "Timeout 10",
                     f'Local_delivery "lmtp:127.0.0.1:{server.port}"'],
                    mailboxes={"a@l.test": box, "b@l.test": box}) as d:
                tasks = [d.submit("s@y.test", ["a@l.test", "b@l.test"],
                                  content(i), LOCAL) for i in range(4)]
                script.go.set()
                results = [[r["result"] for r in t.wait()] for t in tasks]
        self.assertEqual([], script.missing)
        self.assertEqual([[OK, OK], [OK, OK], [OK, TEMP], [OK, OK]], results)


class Waiting(hostile.Case):
    def test_few_connections_where_near(self):
        """A server that decides at once gets them over few connections."""
        script = Script()
        script.go.set()
        with hostile.Server(script) as server:
            with self.deliverd(server.port) as d:
                for _ in range(5):
                    d.deliver("s@y.test", ["u@r.test"], content(0))
                tasks = [d.submit("s@y.test", ["u@r.test"], content(i))
                         for i in range(4)]
                for t in tasks:
                    self.check(t.wait()[0], OK)
        self.assertEqual(1, server.connections)

    def test_not_behind_silence(self):
        """It was near, and then says nothing: others do not wait for it."""
        script = Script()
        script.go.set()
        stop = threading.Event()

        def silent(_, c):
            stop.wait(60)
            raise EOFError
        with hostile.Server(script) as server:
            with self.deliverd(server.port, ["Timeout 60"]) as d:
                d.deliver("s@y.test", ["u@r.test"], content(0))
                script.verdicts[7] = silent
                held = d.submit("s@y.test", ["u@r.test"], content(7))
                procs.wait_for(lambda: len(server.messages) == 2, 10,
                               "content")
                task = d.submit("s@y.test", ["u@r.test"], content(1))
                self.check(task.wait(10)[0], OK)
                self.assertFalse(held.done.is_set())
                stop.set()
                self.check(held.wait()[0], TEMP)


class Kept(hostile.Case):
    def test_cut_off(self):
        """A kept connection whose host has gone does not cost a Timeout:
        its next message finds another host."""
        with netns.Net() as net:
            near = net.host("near", "192.0.2.10")
            other = net.host("other", "192.0.2.11")
            us = net.host("us", "192.0.2.20")
            with near.inside():
                one = hostile.Server(hostile.good, "192.0.2.10")
            with other.inside():
                two = hostile.Server(hostile.good, "192.0.2.11", one.port)
            with us.inside():
                d = self.deliverd(
                    one.port, ["Timeout 120"],
                    hosts=[(10, "a.r.test", "192.0.2.10"),
                           (20, "b.r.test", "192.0.2.11")])
            with one, two, d:
                result, = d.deliver("s@y.test", ["u@r.test"], content(0))
                self.check(result, OK)
                net.cut(near)
                result, = d.deliver("s@y.test", ["u@r.test"], content(1),
                                    timeout=30)
                self.check(result, OK)
                self.assertEqual([1], [number(m) for m in two.messages])

    def test_slow_is_not_cut_off(self):
        """Who takes long to answer MAIL keeps its connection."""
        def script(server, c):
            c.greet()
            while True:
                c.envelope((b"MAIL", b"250 ok"))
                c.content()
                c.say(b"250 taken")
                c.more()
                time.sleep(7)
        with hostile.Server(script) as server:
            with self.deliverd(server.port, ["Timeout 60"]) as d:
                for i in range(2):
                    result, = d.deliver("s@y.test", ["u@r.test"],
                                        content(i), timeout=30)
                    self.check(result, OK)
        self.assertEqual(1, server.connections)

    def test_idle_ones_make_room(self):
        """512 connections to as many domains, all idle: the next domain
        does not wait until one of them is closed for its age."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(
            resource.RLIMIT_NOFILE)[1]))
        script = Script()
        script.go.set()
        with hostile.Server(script) as server:
            with self.deliverd(server.port) as d:
                for i in range(520):
                    d.routes[f"d{i}.test"] = (
                        LOOK_OK, [(10, "mx.r.test", "127.0.0.1")])
                # No more at a time than wait to be accepted.
                for start in range(0, 512, 32):
                    tasks = [d.submit("s@y.test", [f"u@d{i}.test"],
                                      content(i))
                             for i in range(start, start + 32)]
                    for t in tasks:
                        self.check(t.wait()[0], OK)
                for i in range(512, 520):
                    start = time.monotonic()
                    result, = d.deliver("s@y.test", [f"u@d{i}.test"],
                                        content(i))
                    self.check(result, OK)
                    self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(520, len(server.messages))


if __name__ == "__main__":
    unittest.main()
