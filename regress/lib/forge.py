"""Messages in the name of a daemon: what one that was taken over could send.

    with forge.Taken(s.pid("deliverd")) as d:
        d.send("PRIV_AGENT", forge.text("root"), ident=7)
        status, = struct.unpack_from("<B", d.answer("PRIV_AGENT_ANSW"))

The process is stopped and its end of the pair to the parent is ours."""

import array
import ctypes
import os
import re
import signal
import socket
import struct

import suite

HEADER = struct.Struct("=IHHI")
ROW = re.compile(r"^(CALL|ANSW|ITEM|TELL)\((\w+),", re.M)


def types():
    """Names of messages.def as numbers."""
    with open(os.path.join(suite.TOP, "common/messages.def")) as f:
        rows = ROW.findall(f.read())
    return {name + ("_ANSW" if form == "ANSW" else ""): i
            for i, (form, name) in enumerate(rows)}


def text(value):
    data = value.encode()
    return struct.pack("=H", len(data)) + data + b"\0"


def steal_fd(pid, want):
    """A duplicate of a descriptor of another process, by pidfd_getfd."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    try:
        fd = libc.syscall(438, pidfd, want, 0)
        if fd == -1:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return fd
    finally:
        os.close(pidfd)


class Taken:
    def __init__(self, pid):
        self.pid = pid
        self.types = types()
        self.rest = b""
        self.fds = []           # what came with messages

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        self.sock = socket.socket(fileno=steal_fd(self.pid, 3))
        self.sock.settimeout(20)
        return self

    def __exit__(self, *_):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
        try:
            os.kill(self.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def send(self, name, payload, ident=0, fd=None):
        data = HEADER.pack(len(payload), self.types[name],
                           int(fd is not None), ident) + payload
        rights = [] if fd is None else [
            (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
        sent = self.sock.sendmsg([data], rights)
        if sent < len(data):
            self.sock.sendall(data[sent:])

    def receive(self):
        """The next message from the parent: its type, id and payload."""
        while True:
            if len(self.rest) >= HEADER.size:
                size, kind, _, ident = HEADER.unpack_from(self.rest)
                if len(self.rest) >= HEADER.size + size:
                    body = self.rest[HEADER.size:HEADER.size + size]
                    self.rest = self.rest[HEADER.size + size:]
                    return kind, ident, body
            data, anc, _, _ = self.sock.recvmsg(65536, 4096)
            for _, _, fds in anc:
                self.fds += array.array("i", fds[:len(fds) // 4 * 4])
            if not data:
                raise EOFError("the parent has closed the pair")
            self.rest += data

    def answer(self, name, ident):
        """The payload of the answer to the call with that id."""
        while True:
            kind, got, body = self.receive()
            if kind == self.types[name] and got == ident:
                return body
