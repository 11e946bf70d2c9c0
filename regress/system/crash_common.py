"""What the tests of crashes and faults share: a look into the queue by its
control socket, numbered load, and the count of what came out of it."""

import collections
import select
import socket
import threading
import time

import procs
import smtp
from lookup import Pair, Wire
from suite import SLOW

USER = "user@example.test"
QUEUE, MESSAGE, STATS = range(3)
BROKEN = (OSError, ValueError, AssertionError, smtp.Closed)
# A busy machine, a schedule that does not wait, sessions without end.
OPTIONS = ["Lavg_queue 0", "Lavg_negative 0", "Qsleep_time 1",
           "Queue_time 0", "Max_msgs_per_cnx 100000"]


def ask(suite, what, query=""):
    """The lines of an answer of queued: dictionaries."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10 * SLOW)
        sock.connect(suite.path("selor.sock.queued"))
        pair = Pair(Wire(), sock)
        call = pair.ask("CTL_LIST", what=what, query=query)
        deadline = time.monotonic() + 10 * SLOW
        while call not in pair.answers:
            left = deadline - time.monotonic()
            if not select.select([sock], [], [], max(0, left))[0]:
                raise TimeoutError("queued does not answer")
            pair.receive()
            if pair.closed:
                raise OSError("queued went away")
        lines = [i["line"] for i in pair.items.get(call, [])]
    return [dict(w.partition("=")[::2] for w in line.split())
            for line in lines]


def rows(suite):
    """The messages in the queue."""
    return [r for r in ask(suite, QUEUE) if "id" in r]


def stats(suite):
    found = {}
    for row in ask(suite, STATS):
        found.update({k: int(v) for k, v in row.items() if v.isdigit()})
    return found


def wait_empty(suite, timeout=40):
    """Wait until queued is there and holds nothing."""
    last = []

    def test():
        try:
            last[:] = rows(suite)
        except OSError:
            return False
        return not last
    try:
        procs.wait_for(test, timeout * SLOW, "empty queue", every=0.1)
    except TimeoutError:
        raise AssertionError(f"{len(last)} stay in the queue: "
                             f"{last[:5]}") from None


class Load(threading.Thread):
    """A client that sends numbered messages one after the other until it is
    stopped.  What was cut short or got a 4xx is sent again, as a server
    would, when retry is set, and else never again: then nothing may come
    twice."""

    def __init__(self, port, name, rcpts=(USER,), retry=False, big=20,
                 bdat=False):
        super().__init__(daemon=True)
        self.port, self.prefix, self.rcpts = port, name, rcpts
        self.retry, self.big, self.bdat = retry, big, bdat
        self.accepted, self.tries, self.bad = [], collections.Counter(), []
        self.codes = collections.Counter()
        self.number, self.stopping = 0, False
        self.start()

    def message(self):
        size = 100000 if self.big and self.number % self.big == 0 else 3000
        return smtp.make_message(f"{self.prefix}-{self.number}", size=size)

    def run(self):
        self.number = 1
        while not self.stopping:
            try:
                with smtp.Client(self.port, timeout=10 * SLOW) as c:
                    c.ehlo()
                    while not self.stopping:
                        self.one(c)
            except BROKEN:
                if not self.retry:
                    self.number += 1
                time.sleep(0.02)

    def one(self, c):
        ident = f"{self.prefix}-{self.number}"
        c.expect(250, "MAIL FROM:<a@client.test>")
        for rcpt in self.rcpts:
            c.expect(250, f"RCPT TO:<{rcpt}>")
        self.tries[ident] += 1
        if self.bdat:
            m = self.message()
            c.send(b"BDAT %d LAST\r\n" % len(m) + m)
        else:
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(self.message()))
        reply = c.reply()
        self.codes[reply.code] += 1
        if reply.code == 250:
            self.accepted.append(ident)
        elif reply.code >= 500:
            self.bad.append(repr(reply))
        if reply.code == 250 or not self.retry:
            self.number += 1
        if reply.code == 421:
            raise OSError("421")

    def stop(self):
        self.stopping = True
        self.join(20 * SLOW)
        if self.is_alive():
            raise AssertionError(f"{self.prefix}: the load hangs")


def start_load(port, n, name, **kw):
    return [Load(port, f"{name}-{i}", **kw) for i in range(n)]


def stop_load(loads):
    """All that was acknowledged, and how often each was sent."""
    for load in loads:
        load.stopping = True
    accepted, tries = [], collections.Counter()
    for load in loads:
        load.stop()
        if load.bad:
            raise AssertionError(f"refused for good: {load.bad[:3]}")
        accepted += load.accepted
        tries.update(load.tries)
    return accepted, tries


def check(accepted, found, tries, copies=1):
    """Each acknowledged message is there; none more than "copies" times for
    each time that it was sent.  Returns how many came more often than
    once."""
    count = collections.Counter(found)
    lost = sorted(set(accepted) - set(count))
    if lost:
        raise AssertionError(f"{len(lost)} of {len(accepted)} acknowledged "
                             f"are lost: {lost[:5]}")
    many = {i: n for i, n in count.items()
            if n > copies * max(1, tries.get(i, 0))}
    if many:
        raise AssertionError(f"more than sent: {dict(list(many.items())[:5])}"
                             f" of {len(count)}")
    return sum(n > 1 for n in count.values())
