#!/usr/bin/env python3
"""make bench: what the suite does beside Postfix, in one run, on one disk.

    regress/bench/bench.py [figure ...] [--rounds N] [--seconds N] [--peer]

Figures, each also printed as a line "bench NAME ours=X peer=Y ratio=R":

    accept_1 accept_10 accept_50   messages of 4 KiB accepted per second at
                    so many sessions, local users' Maildirs behind them
    e2e_50          per second from the first connection until all of them
                    lie in their Maildirs
    p99_50          microseconds from the last byte to its 250, 99 of 100
    relay_50        per second through the server into a sink, 50 sessions
    cpu             microseconds of processor time per relayed message
    syncs           calls that wait for the disk per message, 50 sessions
    idle_memory     KiB (PSS) per idle session, 1000 sessions

For rates ratio is ours/peer, for costs (cpu, syncs, idle_memory, p99_50)
peer/ours: more is better for us everywhere.  Each round does both servers
one after the other; the median of the rounds is the figure.  Postfix is
Debian's package as it comes, without TLS, chroot, and reverse lookups, with
virtual(8) writing the same Maildirs and a relayhost that is the sink.
--peer measures Postfix alone.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import dns  # noqa: E402
import peers  # noqa: E402
import ports  # noqa: E402
import procs  # noqa: E402
from suite import BUILD, Suite  # noqa: E402

USERS = [f"user{i}" for i in range(20)]
RATES = ("accept_1", "accept_10", "accept_50", "e2e_50", "relay_50")
COSTS = ("p99_50", "cpu", "syncs", "idle_memory")
TICK = os.sysconf("SC_CLK_TCK")
SYNCS = "fsync,fdatasync,syncfs,sync,sync_file_range,msync"
DRAIN = 300             # seconds at most until a queue is empty


def tool(name):
    return os.path.join(BUILD, "tools", name)


def values(line):
    """key=value words of a tool's output line, as numbers."""
    return {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", line)}


def load(port, *args):
    p = subprocess.run([tool("smtpload"), *map(str, args), str(port)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, check=False, timeout=600)
    if p.returncode != 0:
        raise RuntimeError(f"smtpload {args}: {p.stdout}")
    result = values(p.stdout)
    if result["refused"] or result["failed"]:
        print(f"# not all was well: {p.stdout.strip()}")
    return result


class Ours:
    """The suite, with the interface that the measures below use."""

    name = "ours"

    def __init__(self, sink_port, sessions):
        self.dns = dns.Dns("/tmp/selor-bench-dns." + str(os.getpid()))
        self.dns.records = ["far.test MX 10 mx.far.test.",
                            "mx.far.test A 127.0.0.1"]
        self.dns.start()
        self.relay_domain = "far.test"
        self.suite = Suite(
            users={f"{u}@example.test": {} for u in USERS},
            options=[f"Mx_port {sink_port}", "Max_msgs_per_cnx 1000000",
                     'Relay_from "127.0.0.0/8"', "Dest_max_cnx 50"],
            dns=self.dns)
        self.sessions = sessions

    def start(self):
        try:
            self.suite.start()
        except BaseException:
            self.dns.stop()
            raise
        return self

    def stop(self):
        try:
            if self.suite.process is not None:
                self.suite.stop(check=False)
        finally:
            self.suite.destroy()
            self.dns.stop()

    @property
    def port(self):
        return self.suite.port

    @property
    def mail(self):
        return self.suite.path("mail", "example.test")

    def pids(self):
        return self.suite.pids()

    def failure(self):
        self.suite.show_logs(20)


class Peer:
    """Postfix for the same work."""

    name = "peer"

    def __init__(self, sink_port, sessions):
        self.relay_domain = "far.test"
        self.postfix = peers.Postfix(
            users=USERS, relay=f"[127.0.0.1]:{sink_port}", dns=False,
            maxproc=str(sessions + 20),
            options=["smtpd_peername_lookup = no",
                     "default_destination_concurrency_limit = 50",
                     f"default_process_limit = {max(100, sessions + 20)}"])

    def start(self):
        self.postfix.start()
        return self

    def stop(self):
        self.postfix.destroy()

    @property
    def port(self):
        return self.postfix.port

    @property
    def mail(self):
        return self.postfix.path("mail")

    def pids(self):
        return self.postfix.pids()

    def failure(self):
        print(self.postfix.log(20))


def delivered(server):
    """Messages in all Maildirs of a server."""
    n = 0
    for user in USERS:
        for part in ("new", "cur"):
            try:
                n += len(os.listdir(os.path.join(server.mail, user,
                                                 "Maildir", part)))
            except FileNotFoundError:
                pass
    return n


def clear(server):
    for user in USERS:
        folder = os.path.join(server.mail, user, "Maildir", "new")
        try:
            for entry in os.scandir(folder):
                os.unlink(entry.path)
        except FileNotFoundError:
            pass


def cpu_seconds(server):
    """Of all processes of a server, with those they have waited for."""
    total = 0
    for pid in server.pids():
        s = procs.read_stat(pid)
        if s:
            total += s["utime"] + s["stime"] + s["cutime"] + s["cstime"]
    return total / TICK


def pss_kib(server):
    total = 0
    for pid in server.pids():
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += int(re.search(r"^Pss:\s+(\d+)", f.read(),
                                       re.M).group(1))
        except (FileNotFoundError, ProcessLookupError, AttributeError):
            pass
    return total


def drain(server, want, start):
    """Wait until so many messages are delivered; the seconds it took."""
    deadline = time.monotonic() + DRAIN
    while delivered(server) < want:
        if time.monotonic() > deadline:
            server.failure()
            raise TimeoutError(f"{server.name}: {delivered(server)} of "
                               f"{want} delivered after {DRAIN} s")
        time.sleep(0.05)
    return time.monotonic() - start


def measure_local(server, sessions, seconds):
    clear(server)
    start = time.monotonic()
    result = load(server.port, "-s", sessions, "-t", seconds,
                  "-u", len(USERS))
    took = drain(server, result["accepted"], start)
    found = {f"accept_{sessions}": result["rate"]}
    if sessions == 50:
        found["e2e_50"] = result["accepted"] / took
        found["p99_50"] = result["p99_us"]
    clear(server)
    return found


class Sink:
    """smtpsink on its port until so many messages have come."""

    def __init__(self, port, messages):
        self.process = subprocess.Popen(
            [tool("smtpsink"), "-n", str(messages), str(port)],
            stdout=subprocess.PIPE, text=True)
        procs.wait_for(lambda: procs.can_connect("127.0.0.1", port), 5,
                       "smtpsink")

    def wait(self):
        try:
            out = self.process.communicate(timeout=DRAIN)[0]
        except subprocess.TimeoutExpired:
            self.process.terminate()
            out = self.process.communicate()[0]
            raise TimeoutError(f"relay did not end: {out}") from None
        return values(out)


def measure_relay(server, sink_port, messages):
    """From the first connection to the last message in the sink."""
    sink = Sink(sink_port, messages)
    before = cpu_seconds(server)
    start = time.monotonic()
    load(server.port, "-s", 50, "-m", messages, "-u", len(USERS), "-r",
         "relay", "-d", server.relay_domain)
    last = sink.wait()["last_us"] / 1e6
    # What remains to be done for the last of them is theirs too.
    time.sleep(1)
    used = cpu_seconds(server) - before
    return {"relay_50": messages / (last - start),
            "cpu": 1e6 * used / messages}


def measure_syncs(server, messages):
    """In a run of its own, since tracing slows it down."""
    clear(server)
    out = f"/tmp/selor-bench-strace.{os.getpid()}"
    argv = ["strace", "-f", "-c", "-o", out, "-e", "trace=" + SYNCS]
    for pid in server.pids():
        argv += ["-p", str(pid)]
    with open(os.devnull, "wb") as null:
        tracer = subprocess.Popen(argv, stderr=null,
                                  stdin=subprocess.DEVNULL)
    time.sleep(1)
    result = load(server.port, "-s", 50, "-m", messages,
                  "-u", len(USERS))
    drain(server, result["accepted"], time.monotonic())
    time.sleep(1)
    tracer.terminate()
    tracer.wait(20)
    with open(out) as f:
        rows = [line.split() for line in f]
    os.unlink(out)
    names = SYNCS.split(",")
    calls = sum(int(r[3]) for r in rows if r and r[-1] in names)
    clear(server)
    return {"syncs": calls / result["accepted"]}


def measure_idle(server, sessions):
    before = pss_kib(server)
    with subprocess.Popen([tool("smtpload"), "-i", "-s", str(sessions),
                           str(server.port)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as holder:
        ready = values(holder.stdout.readline())
        time.sleep(1)
        during = pss_kib(server)
        holder.stdin.close()
        holder.wait(20)
    if ready.get("ready") != sessions:
        raise RuntimeError(f"{server.name}: only {ready} sessions")
    return {"idle_memory": (during - before) / sessions}


def with_server(kind, sink_port, sessions, work):
    """Start a server, let work(server) measure it, stop it."""
    server = kind(sink_port, sessions)
    try:
        server.start()
        return work(server)
    except BaseException:
        server.failure()
        raise
    finally:
        server.stop()


def measure_load(server, sink_port, wanted, seconds):
    """All but the memory of idle sessions, on one server."""
    # Caches, Maildirs and processes are there before the clock starts.
    found = {}
    warm = load(server.port, "-s", 50, "-m", 500, "-u", len(USERS))
    drain(server, warm["accepted"], time.monotonic())
    for n in (1, 10, 50):
        if f"accept_{n}" in wanted or (
                n == 50 and wanted & {"e2e_50", "p99_50"}):
            found.update(measure_local(server, n, seconds))
    if wanted & {"relay_50", "cpu"}:
        # About as long as the others, by what was seen of the speed.
        rate = found.get("e2e_50", 500)
        n = int(max(1000, min(rate * seconds, 50000)))
        found.update(measure_relay(server, sink_port, n))
    if "syncs" in wanted:
        found.update(measure_syncs(server, 2000))
    return found


def measure(kind, sink_port, wanted, args):
    """One round of one server."""
    found = {}
    if wanted - {"idle_memory"}:
        found.update(with_server(
            kind, sink_port, 50,
            lambda s: measure_load(s, sink_port, wanted, args.seconds)))
    if "idle_memory" in wanted:
        # A fresh one: what an earlier load has left free would hide it.
        found.update(with_server(kind, sink_port, 1000,
                                 lambda s: measure_idle(s, 1000)))
    return {k: v for k, v in found.items() if k in wanted}


def main():
    parser = argparse.ArgumentParser(prog="bench.py")
    parser.add_argument("figure", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--peer", action="store_true")
    args = parser.parse_args()
    wanted = set(args.figure or RATES + COSTS)
    if wanted - set(RATES + COSTS):
        parser.error(f"no figure {wanted - set(RATES + COSTS)}")

    disk = subprocess.run([tool("diskspeed"), "/tmp"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    print("disk, operations per second: " + disk.strip())
    print("create: a file made, synced, removed; append_N: records of 4 KiB "
          "with a sync for each N")
    print("ratio: ours/peer for rates, peer/ours for costs; peer is "
          "Postfix; median of rounds")
    kinds = [Peer] if args.peer else [Peer, Ours]
    rounds = {k.name: [] for k in kinds}
    for i in range(args.rounds):
        for kind in kinds:
            found = measure(kind, ports.free(), wanted, args)
            rounds[kind.name].append(found)
            print(f"# round {i + 1} {kind.name} " + " ".join(
                f"{k}={v:.2f}" for k, v in found.items()), flush=True)
    for name in RATES + COSTS:
        if name not in wanted:
            continue
        ours, peer = (
            statistics.median([r[name] for r in rounds.get(side, [])]
                              or [0.0]) for side in ("ours", "peer"))
        if args.peer:
            print(f"peer alone: {name}={peer:.2f}")
            continue
        top, bottom = (ours, peer) if name in RATES else (peer, ours)
        ratio = top / bottom if bottom else 0.0
        print(f"bench {name} ours={ours:.2f} peer={peer:.2f} "
              f"ratio={ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
