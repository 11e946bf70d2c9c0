"""deliverd alone, with this process in the place of its neighbours: parent,
queued and lookupd, which speak messages.def as read from the source.  For
what the whole suite can not be made to do: hostile servers by the dozen,
lost neighbours, exact results.

    with Deliverd(["Mx_port 2600"], routes={...}) as d:
        results = d.deliver("a@client.test", ["b@remote.test"], content)
"""

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import suite

LOOK_OK, LOOK_NO, LOOK_REMOTE, LOOK_TEMP, LOOK_LOOP, LOOK_NULLMX = range(6)
OK, TEMP, PERM = range(3)
LOCAL, REMOTE = range(2)
BODY_7BIT, BODY_8BIT, BODY_BINARY = range(3)
HEADER = struct.Struct("=IHHI")
FIELD = re.compile(r"(U8|U16|U32|U64|STR|BLOB|SECRET|ADDR)\((\w+)")
ROW = re.compile(r"^(CALL|ANSW|ITEM|TELL)\((\w+),(.*?)\)\s*(?=^(?:CALL|ANSW|"
                 r"ITEM|TELL|/\*)|\Z)", re.S | re.M)
NUMBERS = {"U8": "=B", "U16": "=H", "U32": "=I", "U64": "=Q"}


def read_messages():
    with open(os.path.join(suite.TOP, "common/messages.def")) as f:
        text = f.read()
    rows = []
    for form, name, rest in ROW.findall(text):
        if form == "ANSW":
            name += "_ANSW"
        rows.append((name, FIELD.findall(rest)))
    return rows


def read_processes():
    with open(os.path.join(suite.TOP, "common/process.def")) as f:
        return re.findall(r"^PROC\((\w+),", f.read(), re.M)


ROWS = read_messages()
TYPES = {name: i for i, (name, _) in enumerate(ROWS)}
PROCS = read_processes()


def encode(name, **values):
    out = b""
    for kind, field in ROWS[TYPES[name]][1]:
        v = values.pop(field, None)
        if kind in NUMBERS:
            out += struct.pack(NUMBERS[kind], v or 0)
        elif kind == "ADDR":
            ip, port = v or ("0.0.0.0", 0)
            family = socket.AF_INET6 if ":" in ip else socket.AF_INET
            raw = socket.inet_pton(family, ip)
            out += struct.pack("=B16sHI", family, raw, port, 0)
        else:
            v = v or b""
            if isinstance(v, str):
                v = v.encode()
            if kind == "BLOB":
                out += struct.pack("=I", len(v)) + v
            else:
                out += struct.pack("=H", len(v)) + v + b"\0"
    if values:
        raise TypeError(f"{name} has no {values}")
    return out


def decode(number, data):
    name, fields = ROWS[number]
    values, at = {}, 0
    for kind, field in fields:
        if kind in NUMBERS:
            s = struct.Struct(NUMBERS[kind])
            values[field], = s.unpack_from(data, at)
            at += s.size
        elif kind == "ADDR":
            family, raw, port, _ = struct.unpack_from("=B16sHI", data, at)
            values[field] = None if family == 0 else socket.inet_ntop(
                family, raw[:4] if family == socket.AF_INET else raw)
            at += 23
        elif kind == "BLOB":
            n, = struct.unpack_from("=I", data, at)
            values[field] = data[at + 4:at + 4 + n]
            at += 4 + n
        else:
            n, = struct.unpack_from("=H", data, at)
            values[field] = data[at + 2:at + 2 + n].decode()
            at += 3 + n
    return name, values


class Pair:
    """One end of a pair; on_message runs in a thread of its own."""

    def __init__(self, on_message):
        self.mine, self.other = socket.socketpair()
        self.on_message = on_message
        self.lock = threading.Lock()
        self.thread = None

    def start(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def send(self, name, call=0, fds=(), **values):
        data = encode(name, **values)
        head = HEADER.pack(len(data), TYPES[name], 1 if fds else 0, call)
        with self.lock:
            if fds:
                socket.send_fds(self.mine, [(head + data)[:1]], list(fds))
                self.mine.sendall((head + data)[1:])
            else:
                self.mine.sendall(head + data)

    def run(self):
        buf, fds = b"", []
        while True:
            try:
                data, more, _, _ = socket.recv_fds(self.mine, 65536, 16)
            except OSError:
                return
            if not data:
                return
            buf += data
            fds += more
            while len(buf) >= HEADER.size:
                size, number, flags, call = HEADER.unpack_from(buf)
                if len(buf) < HEADER.size + size:
                    break
                name, values = decode(number, buf[HEADER.size:][:size])
                buf = buf[HEADER.size + size:]
                fd = fds.pop(0) if flags & 1 else None
                self.on_message(self, name, call, values, fd)

    def close(self):
        # Also wakes the thread that reads.
        for s in (self.mine, self.other):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


class Task:
    def __init__(self, number, recipients):
        self.number = number
        self.recipients = recipients
        self.results = {}
        self.retry_after = None
        self.done = threading.Event()

    def wait(self, timeout=20):
        if not self.done.wait(timeout * suite.SLOW):
            raise AssertionError(f"no end of task, so far {self.results}")
        return [self.results.get(i) for i in range(len(self.recipients))]


class Deliverd:
    """
    routes      domain -> (status, [(preference, host, ip)])
    mailboxes   address -> {status, over_quota, user, home, dlocal}
    programs    False: PRIV_PROGRAM is refused
    """

    def __init__(self, options=(), routes=None, mailboxes=None,
                 program="libexec/deliverd", command=None,
                 host=None):
        self.host = host  # a netns.Host to run in
        self.options = [o.split(None, 1) for o in options]
        self.routes = routes or {}
        self.mailboxes = mailboxes or {}
        self.program = os.path.join(suite.BUILD, program)
        self.room = 0
        self.room_change = threading.Condition()
        self.tasks, self.next_task = {}, 1
        self.agents, self.jobs = {}, 100
        self.reports, self.route_calls = [], []
        self.partial = 0  # of LOOK_ROUTE's answers
        self.look_routes = []
        self.sockets, self.socket_status = [], None
        self.programs = []
        self.ruled, self.on_rule = None, None
        self.command = command
        self.conf = self.spawn("DELIVERD", self.on_conf)
        self.queued = self.lookupd = None

    def spawn(self, who, handler):
        pair = Pair(handler)
        # Descriptor 3 is the pair; nothing else is inherited.
        fd = pair.other.fileno()
        program = os.path.join(os.path.dirname(self.program),
                               "agent" if who == "AGENT" else "deliverd")

        def prepare():
            os.dup2(fd, 3)
            os.set_inheritable(3, True)
        pair.process = subprocess.Popen(
            (self.host.wrap if self.host else []) + [program, "-i", "0"], preexec_fn=prepare, pass_fds=[3],
            # The leak checker needs what the cages do not give.
            env=dict(os.environ,
                     ASAN_OPTIONS="abort_on_error=1:detect_leaks=0"))
        pair.other.close()
        pair.start()
        return pair

    def __enter__(self):
        self.configure(self.conf, self.options)
        self.connect_lookupd()
        self.connect_queued()
        return self

    def __exit__(self, *exc):
        self.conf.close()
        for p in [self.queued, self.lookupd, self.ruled] + list(self.agents.values()):
            if p:
                p.close()
        for p in [self.conf] + list(self.agents.values()):
            try:
                p.process.wait(10 * suite.SLOW)
            except subprocess.TimeoutExpired:
                p.process.kill()
                p.process.wait()
                raise AssertionError("did not end")
        if exc[0] is None and self.conf.process.returncode not in (0, -9):
            raise AssertionError(
                f"deliverd ended {self.conf.process.returncode}")

    @property
    def pid(self):
        return self.conf.process.pid

    def configure(self, pair, options, generation=1):
        pair.send("CONF_BEGIN", generation=generation)
        for name, text in options:
            pair.send("CONF_OPTION", generation=generation, option=name,
                      text=text)
        pair.send("CONF_GO", generation=generation)

    def give(self, pair, who, handler):
        end = Pair(handler)
        end.start()
        pair.send("CONF_PEER", fds=[end.other.fileno()],
                  process=PROCS.index(who), instance=0)
        end.other.close()
        return end

    def connect_lookupd(self):
        self.lookupd = self.give(self.conf, "LOOKUPD", self.on_lookup)

    def connect_ruled(self, handler):
        self.ruled = self.give(self.conf, "RULED", handler)

    def connect_queued(self):
        self.room = 0
        self.queued = self.give(self.conf, "QUEUED", self.on_result)
        self.take_room(0)

    def take_room(self, n):
        """Waits until there is room, and takes n of it."""
        with self.room_change:
            if not self.room_change.wait_for(lambda: self.room > 0,
                                             20 * suite.SLOW):
                raise AssertionError("no room was granted")
            self.room -= n

    def on_conf(self, pair, name, call, m, fd):
        if name == "PRIV_AGENT":
            self.jobs += 1
            agent = self.spawn("AGENT", lambda *a: None)
            self.agents[self.jobs] = agent
            self.configure(agent, [])
            a, b = socket.socketpair()
            agent.send("CONF_PEER", fds=[a.fileno()],
                       process=PROCS.index("DELIVERD"), instance=0)
            pair.send("PRIV_AGENT_ANSW", call, [b.fileno()], status=0,
                      job=self.jobs)
            a.close()
            b.close()
        elif name == "PRIV_PROGRAM":
            self.run_program(pair, call, m, fd)
        elif name == "PRIV_KILL":
            p = self.agents.get(m["job"])
            if p:
                p.process.send_signal(9 if m["hard"] else 15)
        elif name == "PRIV_LMTP":
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.lmtp_path)
            pair.send("PRIV_LMTP_ANSW", call, [s.fileno()], status=0)
            s.close()
        elif name == "PRIV_SOCKET":
            self.make_socket(pair, call, m)
        elif name == "CONF_REPORT":
            self.reports.append(m)

    def make_socket(self, pair, call, m):
        """As the parent does; with status set, only that."""
        self.sockets.append(m)
        status = self.socket_status(m) if self.socket_status else 0
        with self.host.inside() if self.host else contextlib.nullcontext():
            s = socket.socket(m["family"], socket.SOCK_STREAM)
        try:
            if m["mark"]:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK,
                             struct.pack("=I", m["mark"]))
            if m["source"]:
                s.bind((m["source"], 0))
        except OSError:
            status = 3
        s.setblocking(False)
        pair.send("PRIV_SOCKET_ANSW", call,
                  [] if status else [s.fileno()], status=status)
        s.close()

    def run_program(self, pair, call, m, fd):
        self.programs.append(m)
        r, w = os.pipe()
        self.jobs += 1
        job = self.jobs
        p = subprocess.Popen(["sh", "-c", self.command], stdin=fd, stdout=w,
                             stderr=w, start_new_session=True, env=dict(
            os.environ, **{k.upper(): str(v) for k, v in m.items()}))
        os.close(fd)
        os.close(w)
        holder = type("Job", (), {})()
        holder.process, holder.close = p, lambda: None
        self.agents[job] = holder
        pair.send("PRIV_PROGRAM_ANSW", call, [r], status=0, job=job)
        os.close(r)

        def wait():
            code = p.wait()
            # As the parent does: what it left behind ends with it.
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            pair.send("PRIV_EXIT", job=job,
                      status=code << 8 if code >= 0 else -code)
        threading.Thread(target=wait, daemon=True).start()

    def on_lookup(self, pair, name, call, m, fd):
        if name == "LOOK_MAILBOX":
            box = self.mailboxes.get(m["address"])
            if box is None:
                pair.send("LOOK_MAILBOX_ANSW", call, status=LOOK_NO)
            else:
                pair.send("LOOK_MAILBOX_ANSW", call, **box)
        elif name == "LOOK_ROUTE":
            self.route_calls.append(m["domain"])
            self.look_routes.append(m)
            status, hosts = self.routes.get(m["domain"], (LOOK_NO, []))
            for preference, host, ip in hosts:
                pair.send("LOOK_HOST", call, preference=preference,
                          host=host, address=(ip, 0))
            pair.send("LOOK_ROUTE_ANSW", call, status=status,
                      partial=self.partial, count=len(hosts))
        elif name == "LOOK_RCPT":
            pair.send("LOOK_TARGET", call, route=LOCAL, kind=1,
                      address="boss@example.test")
            pair.send("LOOK_RCPT_ANSW", call, status=LOOK_OK, kind=2,
                      count=1)

    def on_result(self, pair, name, call, m, fd):
        if name == "DLV_ROOM":
            with self.room_change:
                self.room += m["slots"]
                self.room_change.notify_all()
        elif name == "DLV_RESULT":
            task = self.tasks[m["task"]]
            if m["index"] in task.results:
                raise AssertionError("second result")
            task.results[m["index"]] = m
        elif name == "DLV_DONE":
            task = self.tasks[m["task"]]
            task.retry_after = m["retry_after"]
            task.done.set()

    def submit(self, sender, recipients, content, route=REMOTE, fd=None,
               destination=None, msgid=None, rcpts=None, missing=0,
               rules=(), **more):
        """rules: (message, values) that come between DLV_TASK and DLV_GO."""
        self.take_room(1)
        number = self.next_task
        self.next_task += 1
        task = self.tasks[number] = Task(number, recipients)
        head = content.find(b"\r\n\r\n") + 4
        if destination is None:
            destination = recipients[0].split("@")[-1]
        big = len(content) > 65536 or fd is not None
        if big:
            fd = os.memfd_create("content")
            os.write(fd, content)
            # What a damaged file of the spool lacks at its end.
            os.ftruncate(fd, len(content) - missing)
        q = self.queued
        more.setdefault("arrival", int(time.time()))
        q.send("DLV_TASK", fds=[fd] if big else [], task=number,
               msgid=msgid or (int(time.time() * 1000) << 20) + number,
               route=route, destination=destination, sender=sender,
               size=len(content), header_size=head, **more)
        if big:
            os.close(fd)
        for i, r in enumerate(recipients):
            q.send("DLV_RCPT", task=number, index=i, address=r,
                   **(rcpts or {}))
        for name, values in rules:
            q.send(name, task=number, **values)
        if not big:
            for i in range(0, len(content), 16000):
                q.send("DLV_DATA", task=number, data=content[i:i + 16000])
        q.send("DLV_GO", task=number, recipients=len(recipients))
        return task

    def deliver(self, *args, timeout=20, **more):
        return self.submit(*args, **more).wait(timeout)
