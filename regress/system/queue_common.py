"""What the tests of the queue share: a suite that relays to a sink whose
answers depend on the recipient's name, and messages put into the spool as
files."""

import os
import tempfile
import time

import dns
import sink
import smtp
import suite


def answer(session, line):
    """bad... never, later... not now, all others yes."""
    address = line.lower().split(b"<", 1)[-1]
    if address.startswith(b"bad"):
        return b"550 5.1.1 no such user\r\n"
    if address.startswith(b"later"):
        return b"450 4.2.1 try later\r\n"
    return b"250 2.1.5 ok\r\n"


class Relay:
    """A name server, a sink for remote.test, and the suite."""

    def __init__(self, options=(), users=None, replies=None, **kw):
        self.options, self.users, self.kw = list(options), users, kw
        self.replies = replies or {"RCPT": answer}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        self.open = []
        try:
            self.dns = self.enter(dns.Dns(self.folder.name))
            self.sink = self.enter(sink.Sink(replies=self.replies))
            records = []
            for name in ("remote", "other"):
                records += [f"{name}.test. MX 10 mx.{name}.test.",
                            f"mx.{name}.test. A 127.0.0.1"]
            self.dns.set(*records)
            self.suite = suite.Suite(
                dns=self.dns, users=self.users,
                options=[f"Mx_port {self.sink.port}", "Lavg_queue 0",
                         "Lavg_negative 0", 'Relay_from "127.0.0.1"',
                         "Qsleep_time 1", *self.options], **self.kw)
            self.enter(self.suite)
        except BaseException:
            self.__exit__(ValueError, None, None)
            raise
        return self

    def enter(self, thing):
        self.open.append(thing)
        return thing.__enter__()

    def __exit__(self, *what):
        try:
            while self.open:
                self.open.pop().__exit__(*what)
        finally:
            self.folder.cleanup()


def submit(port, sender, rcpts, message=None, mail=""):
    """One message; each recipient may bring its parameters.  Its id."""
    with smtp.Client(port) as c:
        c.ehlo()
        c.expect(250, f"MAIL FROM:<{sender}>{mail}")
        for rcpt in rcpts:
            address, _, words = rcpt.partition(" ")
            c.expect(250, f"RCPT TO:<{address}> {words}".rstrip())
        c.expect(354, "DATA")
        c.send(smtp.dot_stuff(message or smtp.make_message("1")))
        reply = c.reply()
        assert reply == 250, reply
        return reply.lines[-1].split()[1]


def write_message(s, number, rcpts, sender="user@example.test", arrival=0,
                  more=(), body=b"Subject: by hand\r\n\r\nText.\r\n"):
    """c and l of a message, as selor.spool(5) says; the suite is down.
    rcpts: address -> lines.  The id as printed."""
    ident = f"{1700000000000 + number}_{number:04d}"
    rows = ["selor-queue 1", f"id {ident}", "sid ", "status queued",
            f"sender {sender}", f"arrival {int(arrival or time.time())}",
            f"size {len(body)}", f"header {body.find(b'Text')}", *more]
    for address, lines in rcpts.items():
        rows += [f"rcpt {address}", *lines]
    rows.append("end")
    owner = os.stat(s.path("spool"))
    for name, data in (("c", body), ("l", "\n".join(rows).encode() + b"\n")):
        path = s.path("spool", name + ident)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o600)
        os.chown(path, owner.st_uid, owner.st_gid)
    return ident
