"""An administrator's client of one daemon, in a few lines: the tests of what
queued answers, whatever selorctl makes of it."""

import os
import re
import shlex
import socket
import struct

from suite import TOP

HEADER = struct.Struct("=IHHI")
LISTS = {"queue": 0, "message": 1, "stats": 2}
ACTIONS = {"retry": 0, "hold": 1, "release": 2, "remove": 3, "pause": 4,
           "resume": 5}
STATUS = ["ok", "not found", "denied", "bad query"]


def types():
    """Name -> number, in the order of messages.def."""
    with open(os.path.join(TOP, "common/messages.def")) as f:
        rows = re.findall(r"^(CALL|ANSW|ITEM|TELL)\((\w+)", f.read(), re.M)
    return {name + ("_ANSW" if form == "ANSW" else ""): n
            for n, (form, name) in enumerate(rows)}


TYPES = types()


def text(value):
    data = value.encode()
    return struct.pack("=H", len(data)) + data + b"\0"


class Client:
    def __init__(self, suite, daemon="queued"):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(suite.path("selor.sock." + daemon))
        self.file = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def send(self, name, payload, ident=1):
        self.sock.sendall(
            HEADER.pack(len(payload), TYPES[name], 0, ident) + payload)

    def receive(self):
        head = self.file.read(HEADER.size)
        if len(head) < HEADER.size:
            raise EOFError("closed")
        size, kind, _, _ = HEADER.unpack(head)
        return kind, self.file.read(size)

    def list(self, what, query=""):
        """Status and lines, each a dict of its words."""
        self.send("CTL_LIST", struct.pack("=B", LISTS[what]) + text(query))
        lines = []
        while True:
            kind, data = self.receive()
            if kind != TYPES["CTL_LINE"]:
                break
            line = data[2:-1].decode()
            lines.append(dict(w.split("=", 1) for w in shlex.split(line)))
        assert kind == TYPES["CTL_LIST_ANSW"], kind
        status, count = struct.unpack("=BI", data)
        assert count == len(lines), (count, lines)
        return STATUS[status], lines

    def stats(self):
        merged = {}
        for line in self.list("stats")[1]:
            merged.update(line)
        return {k: int(v) for k, v in merged.items()}

    def act(self, action, query=""):
        """Status, count, text."""
        self.send("CTL_ACT", struct.pack("=B", ACTIONS[action]) + text(query))
        kind, data = self.receive()
        assert kind == TYPES["CTL_ACT_ANSW"], kind
        status, count = struct.unpack("=BI", data[:5])
        return STATUS[status], count, data[7:-1].decode()
