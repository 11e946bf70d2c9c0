"""A raw SMTP client: it sends exactly the bytes it is told to, in the
segments it is told to, and reads replies with a deadline."""

import socket
import time


class Reply:
    """code, lines (texts without code), raw; compares with its code."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw.decode("utf-8", "surrogateescape").split("\r\n")[:-1]
        self.code = int(lines[-1][:3])
        self.lines = [line[4:] for line in lines]
        self.text = "\n".join(self.lines)

    def __eq__(self, code):
        return self.code == code

    def __repr__(self):
        return f"<{self.raw!r}>"

    def enhanced(self):
        """The enhanced status code as text, or an empty string."""
        word = self.lines[-1].split(" ", 1)[0]
        parts = word.split(".")
        ok = len(parts) == 3 and all(p.isdigit() for p in parts)
        return word if ok else ""


class Closed(Exception):
    """The peer closed; what it sent before is in args[0]."""


class Client:
    def __init__(self, port, address="127.0.0.1", timeout=10.0, source=None,
                 banner=True):
        self.timeout = timeout
        self.buffer = b""
        self.sock = socket.create_connection(
            (address, port), timeout,
            source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.greeting = self.reply() if banner else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """These bytes and no others."""
        self.sock.sendall(data)

    def segments(self, *parts, pause=0.02):
        """Each part in a TCP segment of its own, as far as one can say."""
        for part in parts:
            self.sock.sendall(part)
            time.sleep(pause)

    def line(self, timeout=None):
        deadline = time.monotonic() + (timeout or self.timeout)
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no line; had {self.buffer!r}")
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except socket.timeout:
                raise TimeoutError(f"no line; had {self.buffer!r}") from None
            except ConnectionError:
                data = b""
            if not data:
                raise Closed(self.buffer)
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def reply(self, timeout=None):
        """One whole reply.  A malformed one is an error of the server."""
        raw = b""
        while True:
            line = self.line(timeout)
            raw += line
            if (len(line) < 5 or not line[:3].isdigit()
                    or not line.endswith(b"\r\n")
                    or line[3:4] not in (b" ", b"-", b"\r")):
                raise ValueError(f"not an SMTP reply: {raw!r}")
            if line[3:4] != b"-":
                return Reply(raw)

    def silent(self, seconds):
        """True when nothing comes for so long."""
        if self.buffer:
            return False
        self.sock.settimeout(seconds)
        try:
            self.buffer += self.sock.recv(1)
            return False
        except socket.timeout:
            return True

    def closed(self, timeout=None):
        """Read until the peer closes; what came is returned.  An error
        when it does not close in time."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"still open; had {self.buffer!r}")
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except socket.timeout:
                continue
            except ConnectionError:
                data = b""
            if not data:
                seen, self.buffer = self.buffer, b""
                return seen
            self.buffer += data

    def cmd(self, text, timeout=None):
        """Send a command line, read its reply."""
        if isinstance(text, str):
            text = text.encode("utf-8", "surrogateescape")
        self.send(text + b"\r\n")
        return self.reply(timeout)

    def expect(self, code, text, timeout=None):
        """cmd(), and an error unless the reply has this code."""
        reply = self.cmd(text, timeout)
        if reply.code != code:
            raise AssertionError(f"{text!r}: wanted {code}, got {reply}")
        return reply

    def pipeline(self, *texts):
        """All lines in one write; the replies as a list."""
        lines = [t.encode() if isinstance(t, str) else t for t in texts]
        self.send(b"".join(line + b"\r\n" for line in lines))
        return [self.reply() for _ in lines]

    def ehlo(self, name="client.test"):
        """EHLO; the extensions as a dictionary of keyword to words."""
        reply = self.expect(250, f"EHLO {name}")
        rows = [line.split() for line in reply.lines[1:] if line.strip()]
        return {r[0].upper(): r[1:] for r in rows}

    def quit(self):
        reply = self.cmd("QUIT")
        self.close()
        return reply

    def close(self):
        self.sock.close()

    def abort(self):
        """Close with a reset, as a peer that dies does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


def dot_stuff(message):
    """A message with CRLF lines, made ready for DATA, end included."""
    if isinstance(message, str):
        message = message.encode()
    message = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def make_message(ident="1", size=0, subject="test", to="", sender=""):
    """A small message; with a size, padded to so many bytes."""
    text = (f"From: {sender or 'sender@client.test'}\r\n"
            f"To: {to or 'user@example.test'}\r\n"
            f"Subject: {subject}\r\n"
            "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
            f"Message-ID: <{ident}@client.test>\r\n"
            f"X-Regress-Id: {ident}\r\n\r\nHello.\r\n").encode()
    line = b"x" * 70 + b"\r\n"
    while len(text) + len(line) <= size:
        text += line
    return text


def send_message(port, sender, rcpts, message, address="127.0.0.1",
                 timeout=20.0, source=None, params=""):
    """One message in one session; the final reply.  AssertionError when a
    step before it is refused."""
    rcpts = [rcpts] if isinstance(rcpts, str) else rcpts
    with Client(port, address, timeout, source) as c:
        c.ehlo()
        c.expect(250, f"MAIL FROM:<{sender}>{params}")
        for rcpt in rcpts:
            c.expect(250, f"RCPT TO:<{rcpt}>")
        c.expect(354, "DATA")
        c.send(dot_stuff(message))
        reply = c.reply(timeout)
        c.quit()
        return reply
