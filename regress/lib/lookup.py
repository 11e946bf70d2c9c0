"""lookupd and its back ends, started alone: this plays the parent and the
daemons that ask.

    with Lookup({"domains": "example.test\\n", ...}, dns=dns) as l:
        status, answer, targets = l.rcpt("user@example.test")

It speaks the messages of common/messages.def, read from that file, so that
it says what the suite's own processes would say.
"""

import array
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import procs
from suite import BUILD, SLOW, TOP

OK, NO, REMOTE, TEMP, LOOP, NULLMX = range(6)
LOCAL_ROUTE, REMOTE_ROUTE = 0, 1
UNKNOWN, MAILBOX, ALIAS = range(3)


def read(name):
    with open(os.path.join(TOP, "common", name)) as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def split(text):
    """Top-level arguments of a macro call."""
    args, depth, at = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            args.append(text[at:i])
            at = i + 1
    return [" ".join(a.split()) for a in args + [text[at:]]]


class Wire:
    """The rows of messages.def: numbers, fields, the hash of the list."""

    KINDS = {"U8": "1", "U16": "2", "U32": "4", "U64": "8", "STR": "s",
             "SECRET": "x", "BLOB": "b", "ADDR": "a"}
    INTS = {"U8": "B", "U16": "H", "U32": "I", "U64": "Q"}

    def __init__(self):
        self.procs = re.findall(r"^PROC\((\w+)", read("process.def"), re.M)
        self.types, self.rows, h = {}, {}, 0xcbf29ce484222325
        text = read("messages.def")
        for m in re.finditer(r"^(CALL|ANSW|ITEM|TELL)\(", text, re.M):
            end, depth = m.end(), 1
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            form, args = m.group(1), split(text[m.end():end - 1])
            fields = re.findall(r"(\w+)\(([^)]*)\)", args[-1])
            number = len(self.types)
            name = args[0] + ("_ANSW" if form == "ANSW" else "")
            self.types[name] = number
            self.rows[number] = (name, [(k, a.split(",")[0].strip())
                                        for k, a in fields])
            words = "crit"["CALL ANSW ITEM TELL".split().index(form)]
            words += args[0] + args[2] + args[3] + args[4]
            for kind, a in fields:
                words += self.KINDS[kind] + re.sub(r"\s*,\s*", "", a)
            for c in words.encode():
                h = ((h ^ c) * 0x100000001b3) & (1 << 64) - 1
        self.hash = h

    def encode(self, name, values):
        out = b""
        fields = self.rows[self.types[name]][1]
        if not fields:
            return b"\0"
        for kind, field in fields:
            # Options that rules changed: mostly none.
            v = values.pop(field, "") if field == "options" \
                else values.pop(field)
            if kind in self.INTS:
                out += struct.pack("=" + self.INTS[kind], v)
            elif kind in ("STR", "SECRET"):
                v = v if isinstance(v, bytes) else v.encode()
                out += struct.pack("=H", len(v)) + v + b"\0"
            elif kind == "ADDR":
                family = socket.AF_INET6 if ":" in v else socket.AF_INET
                ip = socket.inet_pton(family, v)
                out += struct.pack("=B16sHI", family, ip, 0, 0)
        assert not values, f"{name} has no {values}"
        return out

    def decode(self, number, data):
        name, fields = self.rows[number]
        out, at = {}, 0
        for kind, field in fields:
            if kind in self.INTS:
                f = "=" + self.INTS[kind]
                out[field] = struct.unpack_from(f, data, at)[0]
                at += struct.calcsize(f)
            elif kind in ("STR", "SECRET"):
                n = struct.unpack_from("=H", data, at)[0]
                out[field] = data[at + 2:at + 2 + n].decode(errors="replace")
                at += n + 3
            elif kind == "ADDR":
                family, ip, _, _ = struct.unpack_from("=B16sHI", data, at)
                at += 23
                out[field] = socket.inet_ntop(
                    family, ip[:4 if family == socket.AF_INET else 16]
                ) if family else ""
        return name, out


class Pair:
    """One end of a pair of processes."""

    def __init__(self, wire, sock):
        self.wire, self.sock, self.data, self.fds = wire, sock, b"", []
        self.items, self.answers, self.last = {}, {}, 0
        self.others = []
        self.closed = False

    def send(self, name, ident=0, fd=None, **values):
        body = self.wire.encode(name, values)
        flags = 0 if fd is None else 1
        data = struct.pack("=IHHI", len(body), self.wire.types[name], flags,
                           ident) + body
        extra = [] if fd is None else [
            (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
        n = self.sock.sendmsg([data], extra)
        self.sock.sendall(data[n:])

    def ask(self, name, **values):
        self.last += 1
        self.send(name, self.last, **values)
        return self.last

    def receive(self):
        """Read what is there; messages that belong to no call of ours are
        returned as (name, id, fields, fd)."""
        try:
            data, extra, _, _ = self.sock.recvmsg(
                1 << 20, socket.CMSG_SPACE(32 * 4), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        if not data:
            self.closed = True
            return []
        for level, kind, more in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                a = array.array("i")
                a.frombytes(more[:len(more) // a.itemsize * a.itemsize])
                self.fds.extend(a)
        self.data += data
        found = []
        while len(self.data) >= 12:
            n, number, flags, ident = struct.unpack_from("=IHHI", self.data)
            if len(self.data) < 12 + n:
                break
            name, fields = self.wire.decode(number, self.data[12:12 + n])
            self.data = self.data[12 + n:]
            fd = self.fds.pop(0) if flags & 1 else None
            if name.endswith("_ANSW") and ident:
                self.answers[ident] = fields
            elif name in ("LOOK_TARGET", "LOOK_HOST", "CTL_LINE"):
                self.items.setdefault(ident, []).append(fields)
            else:
                found.append((name, ident, fields, fd))
        return found


class Lookup:
    """
    tables   name -> text of the module's files; None: no module at all
    options  (name, value as selor.conf would have it)
    dns      a dns.Dns; questions to the DNS go there
    """

    def __init__(self, tables=None, options=(), dns=None, modules=1):
        self.wire = Wire()
        self.root = tempfile.mkdtemp(prefix="lookup.")
        os.chmod(self.root, 0o755)
        self.dirs = []
        if tables is not None:
            for i in range(modules):
                path = os.path.join(self.root, f"m{i}")
                os.mkdir(path)
                self.dirs.append(path)
            for name, text in tables.items():
                self.write(name, text)
        server = f"{dns.address}@{dns.port}" if dns else "127.0.0.1@1"
        self.options = [("Dns_server", f'"{server}"')]
        self.options += [
            ("Module", f'"file:{os.path.basename(d)} {d}"' if i else
             f'"file {d}"') for i, d in enumerate(self.dirs)]
        self.options += list(options)
        self.children = {}      # pid -> Popen
        self.workers = []       # Popen of back ends, in order of start
        self.refuse_workers = False
        self.generation = 0
        self.parents = {}       # Pair -> (name, Popen)
        self.waiting = {}       # Popen of a back end -> id of PRIV_WORKER
        self.reports = []

    def write(self, name, text, module=0, replace=True):
        """Write a table, as an editor that renames does, or in place."""
        path = os.path.join(self.dirs[module], name)
        with open(path + ".new" if replace else path, "w") as f:
            f.write(text)
        if replace:
            os.rename(path + ".new", path)
        return path

    def spawn(self, name, instance, cwd=None):
        ours, theirs = socket.socketpair()
        fd = theirs.fileno()

        def prepare():
            os.dup2(fd, 3)

        argv = [os.path.join(BUILD, "libexec", name), "-d", "-i",
                str(instance)]
        if cwd:
            argv += ["-r", cwd, "-p", "r:" + cwd]
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:abort_on_error=1")
        log = open(os.path.join(self.root, "log"), "ab")
        p = subprocess.Popen(argv, preexec_fn=prepare, pass_fds=(3, fd),
                             stderr=log, stdin=subprocess.DEVNULL, env=env)
        log.close()
        theirs.close()
        pair = Pair(self.wire, ours)
        self.parents[pair] = (name, p)
        self.children[p.pid] = p
        process = self.wire.procs.index(
            "LOOKUPD" if name == "lookupd" else "BACKEND")
        pair.send("CONF_HELLO", 1, hash=self.wire.hash, process=process,
                  instance=instance)
        log = os.open(os.path.join(self.root, "log"),
                      os.O_WRONLY | os.O_APPEND)
        pair.send("CONF_LOGS", fd=log, index=2)
        os.close(log)
        return pair, p

    def configure(self, pair, options):
        self.generation += 1
        g = self.generation
        pair.send("CONF_BEGIN", generation=g)
        for name, value in options:
            pair.send("CONF_OPTION", generation=g, option=name, text=value)
        pair.send("CONF_COMMIT", 1000 + g, generation=g)
        answer = self.wait(lambda: pair.answers.get(1000 + g), "commit")
        pair.send("CONF_GO" if answer["status"] == 0 else "CONF_UNDO",
                  generation=g)
        return answer

    def join(self, pair, process, instance=0):
        """A pair between that daemon and us, as another daemon."""
        ours, theirs = socket.socketpair()
        pair.send("CONF_PEER", fd=theirs.fileno(),
                  process=self.wire.procs.index(process), instance=instance)
        theirs.close()
        return Pair(self.wire, ours)

    def client(self, may_change=True):
        ours, theirs = socket.socketpair()
        self.parent.send("CONF_CLIENT", fd=theirs.fileno(), uid=0, pid=1,
                         may_change=may_change)
        theirs.close()
        return Pair(self.wire, ours)

    def start_worker(self, ident, module):
        cwd = self.dirs[module]
        pair, p = self.spawn("lookupd-file", len(self.workers) + 1, cwd)
        self.configure(pair, [])
        ours, theirs = socket.socketpair()
        pair.send("CONF_PEER", fd=ours.fileno(),
                  process=self.wire.procs.index("LOOKUPD"), instance=0)
        self.workers.append(p)
        self.answer_worker(ident, 0, theirs.fileno())
        ours.close()
        theirs.close()

    def answer_worker(self, ident, status, fd=None):
        more = {}
        if any(f == "instance" for _, f in self.wire.rows[
                self.wire.types["PRIV_WORKER_ANSW"]][1]):
            more["instance"] = len(self.workers)
        self.parent.send("PRIV_WORKER_ANSW", ident, fd=fd, status=status,
                         **more)

    def pump(self, timeout=0.05):
        """One turn of our own loop."""
        pairs = [p for p in list(self.parents) + [self.smtpd, self.deliverd]
                 + self.clients if p is not None and not p.closed]
        ready, _, _ = select.select([p.sock for p in pairs], [], [], timeout)
        for pair in pairs:
            if pair.sock not in ready:
                continue
            try:
                found = pair.receive()
            except ConnectionResetError:
                pair.closed = True
                continue
            for name, ident, fields, fd in found:
                if name == "PRIV_WORKER":
                    if self.refuse_workers:
                        self.answer_worker(ident, 2)
                    else:
                        self.start_worker(ident, fields["module"])
                elif name == "CONF_REPORT":
                    self.reports.append(fields)

    def wait(self, test, what, timeout=30.0):
        deadline = time.monotonic() + timeout * SLOW
        while True:
            found = test()
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} in time\n{self.log()}")
            if self.daemon.poll() is not None:
                raise AssertionError(f"lookupd ended\n{self.log()}")
            self.pump()

    def log(self):
        with open(os.path.join(self.root, "log"), errors="replace") as f:
            return f.read()

    def __enter__(self):
        self.smtpd = self.deliverd = None
        self.clients = []
        try:
            self.parent, self.daemon = self.spawn("lookupd", 0)
            self.configure(self.parent, self.options)
            self.smtpd = self.join(self.parent, "SMTPD")
            self.deliverd = self.join(self.parent, "DELIVERD")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for pair in list(self.parents) + [self.smtpd, self.deliverd]:
            if pair is not None:
                pair.sock.close()
        deadline = time.monotonic() + 5 * SLOW
        for p in self.children.values():
            try:
                p.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                procs.signal_pid(p.pid, 18)
                p.kill()
                p.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    # Questions.

    def call(self, pair, name, timeout=30.0, **values):
        ident = pair.ask(name, **values)
        answer = self.wait(lambda: pair.answers.get(ident), f"answer to "
                           f"{name}", timeout)
        return answer, pair.items.pop(ident, [])

    def rcpt(self, address, timeout=30.0):
        """(status, the answer, [(route, kind, address)...])"""
        answer, items = self.call(self.smtpd, "LOOK_RCPT", timeout,
                                  address=address)
        return answer["status"], answer, [
            (i["route"], i["kind"], i["address"]) for i in items]

    def targets(self, address):
        """The addresses that a recipient leads to, sorted; its status must
        be OK."""
        status, answer, items = self.rcpt(address)
        assert status == OK, f"{address}: status {status}\n{self.log()}"
        assert answer["count"] == len(items)
        return sorted(i[2] for i in items)

    def mailbox(self, address):
        return self.call(self.deliverd, "LOOK_MAILBOX", address=address)[0]

    def domain(self, domain, level=1):
        return self.call(self.smtpd, "LOOK_DOMAIN", domain=domain,
                         level=level)[0]["status"]

    def ptr(self, address):
        a = self.call(self.smtpd, "LOOK_PTR", address=address)[0]
        return a["status"], a["host"], a["confirmed"]

    def route(self, domain, how=0):
        """(status, [(preference, host, address)...]); how: 1 a host, without
        its MX, 2 aliases may be MX"""
        answer, items = self.call(self.deliverd, "LOOK_ROUTE", 60,
                                  domain=domain, how=how)
        assert answer["count"] == len(items)
        return answer["status"], [
            (i["preference"], i["host"], i["address"]) for i in items]

    def fds(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))
