"""What rules made of a message, as deliverd carries it out: routes, headers
and options that queued tells it (DLV_ROUTE, DLV_HEADER, DLV_OPTION), and the
event of each answer to RCPT TO."""

import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

import ports  # noqa: E402
import suite  # noqa: E402
from deliver_hostile_test import CONTENT, Server, good  # noqa: E402
from deliver_stub import (  # noqa: E402
    LOCAL, LOOK_NO, LOOK_OK, OK, PERM, TEMP, Deliverd)

TIMEOUT = 240
DEST, AUTH, SOURCE, MARK = range(4)
NORMAL = ['Server_name "us.test"', 'Listen "127.0.0.9:25"',
          f"Timeout {4 * suite.SLOW}", "Connect_timeout 2"]


def route(what, text, secret=""):
    return ("DLV_ROUTE", dict(what=what, text=str(text), secret=secret))


def option(name, text):
    return ("DLV_OPTION", dict(option=name, text=str(text)))


def header(line):
    return ("DLV_HEADER", dict(line=line))


def dest(server, host="127.0.0.1"):
    return route(DEST, f"{host} {server.port}")


class Case(unittest.TestCase):
    def server(self, script=good, **more):
        s = Server(script, **more)
        self.addCleanup(s.__exit__)
        return s

    def deliverd(self, *options, **more):
        d = Deliverd([*NORMAL, *options], **more)
        d.__enter__()
        self.addCleanup(self.end, d)
        return d

    def end(self, d):
        d.__exit__(None, None, None)
        self.assertEqual([], d.reports)

    def send(self, d, *rules, to=("a@r.test",), content=CONTENT, **more):
        return d.deliver("s@y.test", list(to), content, rules=rules, **more)

    def check(self, result, kind, text="", enhanced=None):
        self.assertEqual(kind, result["result"], result)
        self.assertIn(text, result["text"])
        if enhanced:
            self.assertEqual(enhanced, result["enhanced"])


class Routes(Case):
    def test_name_without_mx(self):
        s = self.server()
        d = self.deliverd("Mx_port 1", routes={
            "relay.test": (LOOK_OK, [(0, "relay.test", "127.0.0.1")])})
        result, = self.send(d, dest(s, "relay.test"))
        self.check(result, OK, "taken")
        self.assertEqual("relay.test [127.0.0.1]", result["host"])
        self.assertEqual([("relay.test", 1)], [
            (m["domain"], m["how"]) for m in d.look_routes])

    def test_alias_only_by_option(self):
        d = self.deliverd("Mx_port 1")
        for rules, how in (((), 0), ((option("Mx_alias_ip", 1),), 2)):
            self.send(d, *rules)
            self.assertEqual(how, d.look_routes[-1]["how"])

    def test_address(self):
        for address in ("127.0.0.1", "::1"):
            s = self.server(address=address)
            d = self.deliverd()
            result, = self.send(d, dest(s, address))
            self.check(result, OK)
            self.assertEqual([], d.route_calls)

    def test_our_own_port_is_a_loop(self):
        d = self.deliverd()
        result, = self.send(d, route(DEST, "127.0.0.9 25"))
        # The administrator's slip: nothing goes back.
        self.check(result, TEMP, "loop", "4.4.6")

    def test_our_own_name_is_none(self):
        s = self.server()
        d = self.deliverd(routes={
            "us.test": (LOOK_OK, [(0, "us.test", "127.0.0.1")])})
        result, = self.send(d, dest(s, "us.test"))
        self.check(result, OK)

    def test_no_such_host(self):
        d = self.deliverd(routes={"relay.test": (LOOK_NO, [])})
        result, = self.send(d, route(DEST, "relay.test 25"),
                            option("Msg_cannot_resolve", "nobody there"))
        self.check(result, TEMP, "nobody there", "4.1.2")

    def test_what_can_not_be_read(self):
        d = self.deliverd()
        for rule in (route(DEST, "a..b 25"), route(DEST, "a.test 0"),
                     route(SOURCE, "a.test"), route(MARK, "x"),
                     route(99, "x")):
            result, = self.send(d, rule)
            self.check(result, TEMP, "", "4.3.5")

    def test_goes_before_a_mailbox(self):
        s = self.server()
        d = self.deliverd('Local_delivery "maildir:/nowhere"')
        result, = self.send(d, dest(s), route=LOCAL)
        self.check(result, OK, "taken")

    def test_other_routes_are_not_for_a_mailbox(self):
        d = self.deliverd(
            mailboxes={"a@r.test": dict(
                status=LOOK_OK, user="nobody", home="/", dlocal="")},
            command="cat >/dev/null")
        result, = self.send(d, route(AUTH, "u", "p"), route(MARK, 7),
                            header("X-A: b"), route=LOCAL)
        self.check(result, OK)

    def test_domains_share_a_connection(self):
        s = self.server()
        d = self.deliverd()
        for to in ("a@one.test", "b@two.test", "c@three.test"):
            result, = self.send(d, dest(s), to=[to])
            self.check(result, OK)
        self.assertEqual(1, s.connections)

    def test_ways_share_none(self):
        s = self.server()
        d = self.deliverd()
        for rules in ((), (route(MARK, 1),), (route(SOURCE, "127.0.0.2"),),
                      (option("Server_name", "other.test"),)):
            result, = self.send(d, dest(s), *rules)
            self.check(result, OK)
        self.assertEqual(4, s.connections)


class Sockets(Case):
    def peer(self, conn):
        return conn.conn.getpeername()[0]

    def sources(self):
        seen = []

        def script(server, c):
            seen.append(c.conn.getpeername()[0])
            good(server, c)
        return self.server(script), seen

    def test_source(self):
        s, seen = self.sources()
        d = self.deliverd()
        for source in ("127.0.0.5", "127.0.0.6"):
            result, = self.send(d, dest(s), route(SOURCE, source))
            self.check(result, OK)
        self.assertEqual(["127.0.0.5", "127.0.0.6"], seen)

    def test_source_that_is_not_ours(self):
        s, seen = self.sources()
        d = self.deliverd()
        result, = self.send(d, dest(s), route(SOURCE, "192.0.2.99"))
        self.check(result, TEMP, "source address", "4.4.1")
        self.assertEqual([], seen)

    def test_source_of_the_other_family(self):
        s, seen = self.sources()
        d = self.deliverd(routes={"relay.test": (LOOK_OK, [
            (0, "relay.test", "127.0.0.1"), (0, "relay.test", "::1")])})
        result, = self.send(d, dest(s), route(SOURCE, "::1"))
        self.check(result, TEMP, "source address")
        # Of a host with both, the address that fits is tried.
        six = self.server(address="::1", port=s.port)
        result, = self.send(d, dest(s, "relay.test"), route(SOURCE, "::1"))
        self.check(result, OK)
        self.assertEqual(1, six.connections)
        self.assertEqual([], seen)

    def test_mark(self):
        s, _ = self.sources()
        d = self.deliverd()
        result, = self.send(d, dest(s), route(MARK, 4294967295))
        self.check(result, OK)
        self.assertEqual([4294967295], [m["mark"] for m in d.sockets])

    def test_mark_not_permitted(self):
        s, seen = self.sources()
        d = self.deliverd()
        d.socket_status = lambda m: 1 if m["mark"] else 0
        result, = self.send(d, dest(s), route(MARK, 7))
        self.check(result, OK)
        result, = self.send(d, dest(s), route(MARK, 7),
                            route(SOURCE, "127.0.0.5"))
        self.check(result, OK)
        self.assertEqual(["127.0.0.1", "127.0.0.5"], seen)
        self.assertEqual([7, 7, 0], [m["mark"] for m in d.sockets])

    def test_no_socket_now(self):
        s, seen = self.sources()
        d = self.deliverd()
        d.socket_status = lambda m: 2
        task = d.submit("s@y.test", ["a@r.test"], CONTENT,
                        rules=[dest(s), route(MARK, 7)])
        # Neither a result nor an attempt: it comes again.
        self.assertEqual([None], task.wait())
        self.assertGreater(task.retry_after, 0)


class Headers(Case):
    def sent(self, *lines, content=CONTENT, **more):
        s = self.server(lambda server, c: good(server, c))
        d = self.deliverd()
        result, = self.send(d, dest(s), *[header(li) for li in lines],
                            content=content, **more)
        self.check(result, OK)
        size = [c.split(b"SIZE=")[1].split()[0] for c in s.commands
                if b"SIZE=" in c]
        message = s.messages[0].replace(b"\r\n..", b"\r\n.")
        self.assertEqual([str(len(message)).encode()], size)
        return message

    def test_on_top(self):
        self.assertEqual(b"X-One: 1\r\nX-Two:  a\tb \r\n" + CONTENT,
                         self.sent("X-One: 1", "X-Two:  a\tb "))

    def test_on_top_of_a_file(self):
        content = CONTENT + b"0123456789\r\n" * 20000
        self.assertEqual(b"X-One: 1\r\n" + content,
                         self.sent("X-One: 1", content=content))

    def test_long_lines(self):
        for value in ("x" * 8000, ("word " * 1600).strip(), "\u00e9" * 3900,
                      " " * 5000 + "x", "x" * 990, "y" * 991, "z" * 989):
            line = "X-Long: " + value
            got = self.sent(line)[:-len(CONTENT)]
            parts = got.split(b"\r\n")
            self.assertEqual(b"", parts.pop())
            for n, part in enumerate(parts):
                self.assertLessEqual(len(part), 998)
                part.decode()
                if n:
                    self.assertEqual(b" ", part[:1])
            self.assertEqual(line.encode().replace(b" ", b""),
                             b"".join(parts).replace(b" ", b""))
            if len(line) <= 998:
                self.assertEqual(1, len(parts))

    def test_what_is_no_field(self):
        self.assertEqual(CONTENT, self.sent("no field", "", ": x", "a b: c",
                                            "X: a\r\n\r\nbody"))

    def test_too_many(self):
        got = self.sent(*[f"X-{n}: " + "x" * 8000 for n in range(40)])
        self.assertLess(len(got), 300000)
        self.assertTrue(got.endswith(b"x\r\n" + CONTENT))


class Options(Case):
    def test_server_name(self):
        s = self.server()
        d = self.deliverd()
        self.send(d, dest(s), option("Server_name", "other.test"))
        self.assertIn(b"EHLO other.test", s.commands)

    def timed(self, d, *rules):
        start = time.monotonic()
        result, = self.send(d, *rules, timeout=40)
        self.check(result, TEMP)
        return time.monotonic() - start, result

    def test_timeout(self):
        s = self.server(lambda server, c: c.wait())
        d = self.deliverd("Timeout 60")
        took, _ = self.timed(d, dest(s), option("Timeout", 2))
        self.assertGreater(took, 1.5)
        self.assertLess(took, 10 * suite.SLOW)

    def test_connect_timeout(self):
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        self.addCleanup(full.close)
        others = []
        for _ in range(4):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(full.getsockname())
            others.append(c)
            self.addCleanup(c.close)
        d = self.deliverd("Connect_timeout 60")
        took, result = self.timed(
            d, route(DEST, f"127.0.0.1 {full.getsockname()[1]}"),
            option("Connect_timeout", 2),
            option("Msg_cannot_connect", "out of reach"))
        self.assertLess(took, 10 * suite.SLOW)
        self.assertIn("out of reach", result["text"])

    def test_msg_cannot_connect_is_for_one_message(self):
        port = ports.free()
        d = self.deliverd()
        texts = []
        for rules in ((option("Msg_cannot_connect", "one"),), (),
                      (option("Msg_cannot_connect", 'two "quotes"'),)):
            result, = self.send(d, route(DEST, f"127.0.0.1 {port}"), *rules)
            texts.append(result["text"].split(":")[0])
        self.assertEqual(["one", "Could not connect to remote server",
                          'two "quotes"'], texts)

    def test_tarpit(self):
        s = self.server()
        d = self.deliverd()
        task = d.submit("s@y.test", ["a@r.test", "b@r.test", "c@r.test"],
                        CONTENT, rules=[dest(s), option("Tarpit_limit", 2),
                                        option("Tarpit_sleep", 77)])
        self.assertEqual([OK, OK, None],
                         [r and r["result"] for r in task.wait()])
        self.assertEqual(77, task.retry_after)

    def test_mailboxes(self):
        boxes = {"full@r.test": dict(status=LOOK_OK, over_quota=1),
                 "none@r.test": dict(status=LOOK_NO),
                 "later@r.test": dict(status=3)}
        d = self.deliverd(mailboxes=boxes)
        rules = [option("Msg_full_mailbox", "452 no room"),
                 option("Msg_no_mailbox", "550 nobody"),
                 option("Msg_mailbox_unavaibble", "450 later")]
        for to, text, code in (("full", "no room", 452),
                               ("none", "nobody", 550),
                               ("later", "later", 450)):
            result, = self.send(d, *rules, to=[f"{to}@r.test"], route=LOCAL)
            self.assertEqual((text, code), (result["text"], result["code"]))
        result, = self.send(d, to=["none@r.test"], route=LOCAL)
        self.assertEqual("No such user", result["text"])

    def test_what_is_no_value(self):
        s = self.server()
        d = self.deliverd()
        result, = self.send(d, dest(s), option("Timeout", "soon"),
                            option("Nonsense", 1), option("Mx_port", 1))
        self.check(result, OK)


class Programs(Case):
    """The command is the parent's to build: what it is asked counts."""

    def asked(self, *rules, own="", options=()):
        d = self.deliverd(
            'Dlocal "/usr/bin/procmail -d %l"',
            'Adlocal_allowed "/bin/a /bin/b"', *options,
            mailboxes={"a@r.test": dict(status=LOOK_OK, user="nobody",
                                        home="/", dlocal=own)},
            command="cat >/dev/null")
        result, = self.send(d, *rules, route=LOCAL)
        self.check(result, OK)
        return [m["dlocal"] for m in d.programs]

    def test_allowed(self):
        self.assertEqual(["/bin/a -x %l"], self.asked(
            option("Dlocal", "/bin/a -x %l")))

    def test_before_local_delivery(self):
        self.assertEqual(["/bin/a"], self.asked(
            option("Dlocal", "/bin/a"),
            options=['Local_delivery "maildir:/nowhere"']))

    def test_the_same(self):
        self.assertEqual([""], self.asked(
            option("Dlocal", "/usr/bin/procmail -d %l"),
            options=['Local_delivery "maildir:/nowhere"']))

    def test_not_allowed(self):
        self.assertEqual([""], self.asked(option("Dlocal", "/bin/c")))

    def test_the_list_gets_no_longer(self):
        self.assertEqual([""], self.asked(
            option("Dlocal", "/bin/c"), option("Adlocal_allowed", "/bin/c")))

    def test_the_list_gets_shorter(self):
        short = option("Adlocal_allowed", "/bin/b")
        self.assertEqual([""], self.asked(option("Dlocal", "/bin/a"), short))
        self.assertEqual([""], self.asked(short, own="/bin/a"))
        self.assertEqual(["/bin/b"], self.asked(short, own="/bin/b"))

    def test_the_mailboxs_own_is_first(self):
        self.assertEqual(["/bin/b"], self.asked(
            option("Dlocal", "/bin/a"), own="/bin/b"))


class Rules:
    """In the place of ruled: keeps what it is told; answers as it is told."""

    def __init__(self, verdict=0):
        self.told, self.events, self.verdict = [], [], verdict
        self.facts, self.open, self.closed = {}, set(), 0
        self.go = threading.Event()
        self.go.set()
        self.flight, self.most = 0, 0

    def __call__(self, pair, name, call, m, fd):
        if name == "RULE_OPEN":
            self.open.add(m["session"])
            self.facts[m["session"]] = {}
        elif name == "RULE_FACT":
            self.facts[m["session"]].setdefault(m["fact"], m["text"])
            self.facts[m["session"]][m["fact"]] = m["text"]
        elif name == "RULE_CLOSE":
            self.open.discard(m["session"])
            self.closed += 1
        elif name == "RULE_EVENT":
            self.events.append((m["event"],
                                dict(self.facts[m["session"]])))
            threading.Thread(target=self.answer, args=(pair, call),
                             daemon=True).start()

    def answer(self, pair, call):
        self.go.wait(60)
        try:
            pair.send("RULE_EVENT_ANSW", call, verdict=self.verdict,
                      reply="", rule="dl:1")
        except OSError:
            pass


SENDER, RCPT, SIZE, ID, REPLY, FACT_OPTION = 4, 5, 7, 8, 10, 13
DL_RCPT = 10


class Events(Case):
    SET = 'Event.dl_rcpt "Mark! \'x\'"'

    def refuses(self, server, c):
        c.greet()
        c.envelope((b"RCPT", b"550 5.1.1 no such user"))
        c.wait()

    def wait(self, what, seconds=10):
        end = time.monotonic() + seconds * suite.SLOW
        while not what() and time.monotonic() < end:
            time.sleep(0.02)
        self.assertTrue(what())

    def test_facts(self):
        rules, s = Rules(), self.server()
        d = self.deliverd(self.SET)
        d.connect_ruled(rules)
        results = self.send(d, dest(s), option("Server_name", "x.test"),
                            to=["a@r.test", "b@r.test"])
        self.assertEqual([OK, OK], [r["result"] for r in results])
        self.wait(lambda: rules.closed == 1)
        self.assertEqual([(DL_RCPT, "a@r.test"), (DL_RCPT, "b@r.test")], [
            (event, f[RCPT]) for event, f in rules.events])
        for _, f in rules.events:
            self.assertEqual("s@y.test", f[SENDER])
            self.assertEqual("250 ok", f[REPLY])
            self.assertEqual(str(len(CONTENT)), f[SIZE])
            self.assertEqual('Server_name "x.test"', f[FACT_OPTION])
            self.assertRegex(f[ID], r"^\d+_\d+$")
        self.assertEqual(set(), rules.open)

    def test_refusal(self):
        # Neither this verdict nor another one changes a thing.
        for verdict in (0, 1, 4):
            rules, s = Rules(verdict), self.server(self.refuses)
            d = self.deliverd(self.SET)
            d.connect_ruled(rules)
            result, = self.send(d, dest(s))
            self.check(result, PERM, "no such user", "5.1.1")
            self.wait(lambda: rules.closed == 1)
            self.assertEqual("550 5.1.1 no such user",
                             rules.events[0][1][REPLY])

    def test_not_set(self):
        rules, s = Rules(), self.server()
        d = self.deliverd()
        d.connect_ruled(rules)
        self.check(self.send(d, dest(s))[0], OK)
        self.assertEqual([], rules.events)
        # Def! sets it for one message.
        self.check(self.send(d, dest(s), option(
            "Event.dl_rcpt", "Mark! 'x'"))[0], OK)
        self.wait(lambda: rules.closed == 1)
        self.assertEqual(1, len(rules.events))

    def test_slow_rules_hold_up_nothing_small(self):
        rules, s = Rules(), self.server()
        rules.go.clear()
        d = self.deliverd(self.SET)
        d.connect_ruled(rules)
        self.check(self.send(d, dest(s))[0], OK)
        self.assertEqual(0, rules.closed)
        rules.go.set()
        self.wait(lambda: rules.closed == 1)

    def recipients(self, n=90):
        return [f"u{i}@r.test" for i in range(n)]

    def test_many_are_bounded(self):
        rules, s = Rules(), self.server()
        rules.go.clear()
        d = self.deliverd(self.SET)
        d.connect_ruled(rules)
        task = d.submit("s@y.test", self.recipients(), CONTENT,
                        rules=[dest(s)])
        time.sleep(0.7)
        sent = [c for c in s.commands if c.startswith(b"RCPT")]
        self.assertGreater(len(sent), 20)
        self.assertLessEqual(len(sent), 50)
        self.assertFalse(task.done.is_set())
        rules.go.set()
        self.assertEqual([OK] * 90, [r["result"] for r in task.wait()])
        self.wait(lambda: rules.closed == 1)
        self.assertEqual(self.recipients(),
                         [f[RCPT] for _, f in rules.events])

    def test_rules_that_never_answer(self):
        rules, s = Rules(), self.server()
        rules.go.clear()
        d = self.deliverd(self.SET)
        d.connect_ruled(rules)
        results = self.send(d, dest(s), to=self.recipients(), timeout=30)
        self.assertEqual([OK] * 90, [r["result"] for r in results])
        self.assertEqual(1, len(rules.events))

    def test_ruled_goes(self):
        rules, s = Rules(), self.server()
        rules.go.clear()
        d = self.deliverd(self.SET)
        d.connect_ruled(rules)
        task = d.submit("s@y.test", self.recipients(), CONTENT,
                        rules=[dest(s)])
        self.wait(lambda: rules.events)
        d.ruled.close()
        self.assertEqual([OK] * 90, [r["result"] for r in task.wait()])
        # A new one hears of new messages, and of none before.
        again = Rules()
        d.connect_ruled(again)
        time.sleep(0.2)
        self.check(self.send(d, dest(s))[0], OK)
        self.wait(lambda: again.closed == 1)
        self.assertEqual(1, len(again.events))

    def test_no_ruled(self):
        s = self.server()
        d = self.deliverd(self.SET)
        results = self.send(d, dest(s), to=self.recipients())
        self.assertEqual([OK] * 90, [r["result"] for r in results])


if __name__ == "__main__":
    unittest.main()
