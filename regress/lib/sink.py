"""A receiving SMTP or LMTP server in a thread, whose answers a test sets.

    with Sink(replies={"RCPT": b"450 4.2.1 later\\r\\n"}) as sink:
        ... sink.port, sink.messages, sink.commands ...

replies maps a verb (or "BANNER", "EOM" for the end of data) to bytes, to a
list of bytes that are used up one a time, or to a function of (session,
line) that returns bytes; None closes the connection there.  An empty answer
says nothing and leaves the client to its timeout.
"""

import socket
import threading
import time

EHLO = (b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n"
        b"250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n")
DEFAULTS = {
    "BANNER": b"220 sink.test ESMTP\r\n", "EHLO": EHLO, "LHLO": EHLO,
    "HELO": b"250 sink.test\r\n", "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n", "DATA": b"354 go\r\n",
    "EOM": b"250 2.0.0 taken\r\n", "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n", "QUIT": b"221 2.0.0 bye\r\n",
}


class Message:
    def __init__(self, sender, rcpts, data, session):
        self.sender, self.rcpts, self.data = sender, rcpts, data
        self.session = session
        self.time = time.monotonic()


class Session:
    """One connection: number, peer, commands as bytes."""

    def __init__(self, number, peer):
        self.number, self.peer = number, peer
        self.commands = []
        self.sender, self.rcpts = None, []


class Sink:
    def __init__(self, replies=None, address="127.0.0.1", port=0,
                 lmtp=False, delay=0.0, path=None):
        """path: a unix socket instead of a port."""
        self.replies = dict(replies or {})
        self.lmtp, self.delay = lmtp, delay
        self.messages, self.sessions = [], []
        self.lock = threading.Lock()
        self.closing = False
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
        else:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self.listener = socket.socket(family)
            self.listener.setsockopt(socket.SOL_SOCKET,
                                     socket.SO_REUSEADDR, 1)
            self.listener.bind((address, port))
        self.listener.listen(512)
        self.port = None if path else self.listener.getsockname()[1]
        self.connections = set()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def commands(self):
        """Command lines of all sessions, in order of sessions."""
        return [c for s in self.sessions for c in s.commands]

    def stop(self):
        self.closing = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for c in list(self.connections):
            try:
                c.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(5)

    def wait(self, n, timeout=20.0):
        """Wait for n messages."""
        deadline = time.monotonic() + timeout
        while len(self.messages) < n:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.messages)} of {n} messages; "
                                   f"commands {self.commands[-20:]}")
            time.sleep(0.01)
        return self.messages

    def accept(self):
        while not self.closing:
            try:
                c, peer = self.listener.accept()
            except OSError:
                return
            session = Session(len(self.sessions), peer)
            self.sessions.append(session)
            self.connections.add(c)
            threading.Thread(target=self.serve, args=(c, session),
                             daemon=True).start()

    def answer(self, c, verb, session, line):
        """Send the answer set for a verb; what was sent, or None."""
        with self.lock:
            set_to = self.replies.get(verb, DEFAULTS.get(
                verb, b"500 5.5.1 what?\r\n"))
            if isinstance(set_to, list):
                set_to = set_to.pop(0) if set_to else DEFAULTS[verb]
        if callable(set_to):
            set_to = set_to(session, line)
        if set_to is None:
            return None
        if self.delay:
            time.sleep(self.delay)
        c.sendall(set_to)
        return set_to

    def serve(self, c, session):
        try:
            with c:
                if self.answer(c, "BANNER", session, b"") is not None:
                    self.talk(c, c.makefile("rb"), session)
        except OSError:
            pass
        finally:
            self.connections.discard(c)

    def talk(self, c, f, session):
        while True:
            line = f.readline(100000)
            if not line:
                return
            session.commands.append(line.rstrip(b"\r\n"))
            verb = line[:4].decode("latin-1").strip().upper()
            said = self.answer(c, verb, session, line)
            if said is None or verb == "QUIT":
                return
            good = said[:1] == b"2"
            if verb == "MAIL" and good:
                session.sender, session.rcpts = line[10:].strip(), []
            elif verb == "RCPT" and good:
                session.rcpts.append(line[8:].strip())
            elif verb == "RSET":
                session.sender, session.rcpts = None, []
            elif verb == "DATA" and said[:3] == b"354":
                if not self.content(c, f, session):
                    return

    def content(self, c, f, session):
        data = []
        while True:
            line = f.readline(1 << 20)
            if not line:
                return False
            if line == b".\r\n":
                break
            data.append(line[1:] if line.startswith(b".") else line)
        good = True
        message = Message(session.sender, list(session.rcpts),
                          b"".join(data), session)
        for _ in session.rcpts if self.lmtp else [0]:
            said = self.answer(c, "EOM", session, b"")
            if said is None:
                return False
            good = good and said[:1] == b"2"
        if good:
            self.messages.append(message)
        return True
