#!/usr/bin/env python3
"""make bench: what the suite does beside Postfix, in one run, on one disk.

    regress/bench/bench.py [figure ...] [--rounds N] [--seconds N]
        [--budget N] [--plain] [--peer]

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
    rules_50 list rules_lines      what rules cost, see bench_rules.py

For rates ratio is ours/peer, for costs (cpu, syncs, idle_memory, p99_50)
peer/ours: more is better for us everywhere.  Each round does both servers
one after the other, after a warm-up; the median of the rounds is the figure,
and no round begins that would not end within the budget of seconds.  What
fails is said, "bench NAME failed: why", and the others go on; the status is
then 1.

Clients pipeline (RFC 2920) as other mail servers do, unless --plain is
given.  Postfix is Debian's package as it comes, without TLS, chroot, and
reverse lookups, with virtual(8) writing the same Maildirs and a relayhost
that is the sink.  --peer measures Postfix alone.

ext4 makes files slowly for minutes where many were removed (it does not
reuse an inode at once), so nothing is removed while there is something to
measure, and each server lies in a block group of its own (chattr +T).
"""

import argparse
import os
import re
import statistics
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "regress", "lib"))

import bench_rules  # noqa: E402
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
DRAIN = 60              # seconds at most until a queue is empty
WARM = 500              # messages before the clock starts


def tool(name):
    return os.path.join(BUILD, "tools", name)


def values(line):
    """key=value words of a tool's output line, as numbers."""
    return {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", line)}


def load(server, *args):
    """A run of smtpload; its figures."""
    args = [*server.client, "-u", len(USERS), *args, server.port]
    p = subprocess.run([tool("smtpload"), *map(str, args)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, check=False, timeout=90)
    if p.returncode != 0:
        raise RuntimeError(f"smtpload {args}: {p.stdout}")
    result = values(p.stdout)
    if result["refused"] or result["failed"]:
        print(f"# {server.name}, not all was well: {p.stdout.strip()}")
    return result


class Ours:
    """The suite, with the interface that the measures below use."""

    name = "ours"

    def __init__(self, sink_port, sessions):
        self.dns = dns.Dns(tempfile.mkdtemp(prefix="dns."))
        self.dns.records = ["far.test MX 10 mx.far.test.",
                            "mx.far.test A 127.0.0.1"]
        self.dns.start()
        self.relay_domain = "far.test"
        self.sink_port = sink_port
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
        self.sink_port = sink_port
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
    while True:
        before = time.monotonic()
        have = delivered(server)
        now = time.monotonic()
        if have >= want:
            return now - start
        if now > deadline:
            raise TimeoutError(f"{have} of {want} delivered after {DRAIN} s")
        # The look itself must not take much of the two cores.
        time.sleep(max(0.05, 5 * (now - before)))


def measure_local(server, sessions, seconds):
    before = delivered(server)
    start = time.monotonic()
    result = load(server, "-s", sessions, "-t", seconds)
    took = drain(server, before + result["accepted"], start)
    found = {f"accept_{sessions}": result["rate"]}
    if sessions == 50:
        found["e2e_50"] = result["accepted"] / took
        found["p99_50"] = result["p99_us"]
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

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def measure_relay(server, messages):
    """From the first connection to the last message in the sink."""
    where = ["-s", 50, "-r", "relay", "-d", server.relay_domain]
    sink = Sink(server.sink_port, WARM + messages)
    try:
        load(server, *where, "-m", WARM)
        time.sleep(2)
        before = cpu_seconds(server)
        start = time.monotonic()
        load(server, *where, "-m", messages)
        last = sink.wait()["last_us"] / 1e6
    finally:
        sink.stop()
    # What remains to be done for the last of them is theirs too.
    time.sleep(1)
    used = cpu_seconds(server) - before
    return {"relay_50": messages / (last - start),
            "cpu": 1e6 * used / messages}


def measure_syncs(server, messages):
    """In a run of its own, since tracing slows it down."""
    out = os.path.join(tempfile.gettempdir(), "strace")
    argv = ["strace", "-f", "-c", "-o", out, "-e",
            "trace=" + SYNCS]
    for pid in server.pids():
        argv += ["-p", str(pid)]
    with open(os.devnull, "wb") as null:
        tracer = subprocess.Popen(argv, stderr=null,
                                  stdin=subprocess.DEVNULL)
    try:
        time.sleep(1)
        before = delivered(server)
        result = load(server, "-s", 50, "-m", messages)
        drain(server, before + result["accepted"], time.monotonic())
        time.sleep(1)
    finally:
        tracer.terminate()
        tracer.wait(20)
    with open(out) as f:
        rows = [line.split() for line in f]
    names = SYNCS.split(",")
    calls = sum(int(r[3]) for r in rows if r and r[-1] in names)
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


def started(kind, sessions, warm):
    """A server that runs; caches, Maildirs and processes are there."""
    server = kind(ports.free(), sessions)
    server.client = kind.client
    try:
        server.start()
        if warm:
            load(server, "-s", 50, "-m", WARM)
            drain(server, WARM, time.monotonic())
    except BaseException:
        server.stop()
        raise
    return server


def relayed(found, seconds):
    """How many to relay: about as long as the rest, by what was seen."""
    return int(max(1000, min(found.get("e2e_50", 500) * seconds, 20000)))


def jobs(seconds):
    """Figures, a server's sessions, whether it is warm, the measure."""
    return [
        (["accept_1"], 50, True,
         lambda s, found: measure_local(s, 1, seconds)),
        (["accept_10"], 50, True,
         lambda s, found: measure_local(s, 10, seconds)),
        (["accept_50", "e2e_50", "p99_50"], 50, True,
         lambda s, found: measure_local(s, 50, seconds)),
        (["relay_50", "cpu"], 50, True,
         lambda s, found: measure_relay(s, relayed(found, seconds))),
        (["syncs"], 50, True, lambda s, found: measure_syncs(s, 1000)),
        # A fresh one: what an earlier load has left free would hide it.
        (["idle_memory"], 1000, False,
         lambda s, found: measure_idle(s, 1000)),
    ]


def measure(kind, wanted, seconds, failed):
    """One round of one server.  One that failed is not asked again."""
    found, server, now = {}, None, None
    for names, sessions, warm, work in jobs(seconds):
        if not wanted & set(names):
            continue
        try:
            if server is not None and now != (sessions, warm):
                server.stop()
                server = None
            if server is None:
                now = sessions, warm
                server = started(kind, sessions, warm)
            found.update(work(server, found))
        except Exception as e:  # pylint: disable=broad-except
            why = f"{kind.name}: {type(e).__name__}: {e}".splitlines()[0]
            print(f"# {' '.join(names)} failed: {why}", flush=True)
            failed.update((n, why) for n in names if n in wanted)
            if server is not None:
                server.failure()
                server.stop()
                server = None
    if server is not None:
        server.stop()
    return {k: v for k, v in found.items() if k in wanted}


def run_rounds(args, wanted, failed):
    kinds = [Peer] if args.peer else [Peer, Ours]
    rounds = {k.name: [] for k in kinds}
    begun = time.monotonic()
    for i in range(args.rounds):
        start = time.monotonic()
        # Memory does not depend on what else the machine does.
        now = wanted if i == 0 else wanted - {"idle_memory"}
        for kind in kinds:
            kind.client = [] if args.plain else ["-P"]
            found = measure(kind, now, args.seconds, failed)
            rounds[kind.name].append(found)
            print(f"# round {i + 1} {kind.name} " + " ".join(
                f"{k}={v:.2f}" for k, v in found.items()), flush=True)
        end = time.monotonic()
        if end - begun + (end - start) > args.budget:
            break
    return rounds


def middle(rounds, name):
    """The median of a figure, or None where there is none."""
    found = [r[name] for r in rounds if name in r]
    return statistics.median(found) if found else None


def report(args, wanted, rounds, failed):
    for name in RATES + COSTS:
        if name not in wanted:
            continue
        ours = middle(rounds.get("ours", []), name)
        peer = middle(rounds.get("peer", []), name)
        if peer is None or (ours is None and not args.peer):
            print(f"bench {name} failed: {failed.get(name, 'not measured')}")
        elif args.peer:
            print(f"peer alone: {name}={peer:.2f}")
        else:
            top, bottom = (ours, peer) if name in RATES else (peer, ours)
            ratio = top / bottom if bottom else 0.0
            print(f"bench {name} ours={ours:.2f} peer={peer:.2f} "
                  f"ratio={ratio:.2f}")


def disk(folder, when):
    """What the disk can do, to hold the figures against."""
    p = subprocess.run([tool("diskspeed"), folder], text=True,
                       stdout=subprocess.PIPE, check=False)
    print(f"disk {when}, operations per second: " + p.stdout.strip())
    print(f"load average {when}: {os.getloadavg()[0]:.1f} on "
          f"{os.cpu_count()} processors", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="bench.py")
    parser.add_argument("figure", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--budget", type=int, default=540)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--peer", action="store_true")
    args = parser.parse_args()
    known = set(RATES + COSTS + bench_rules.FIGURES)
    wanted = set(args.figure) or known
    if wanted - known:
        parser.error(f"no figure {wanted - known}")

    scratch = tempfile.mkdtemp(prefix="selor-bench.")
    os.chmod(scratch, 0o755)
    subprocess.run(["chattr", "+T", scratch], check=False,
                   stderr=subprocess.DEVNULL)
    tempfile.tempdir = scratch
    failed = {}
    try:
        disk(scratch, "before")
        print("create: a file made, synced, removed; append_N: records of "
              "4 KiB with a sync for each N")
        print("ratio: ours/peer for rates, peer/ours for costs; peer is "
              "Postfix; median of rounds", flush=True)
        rounds = {}
        if wanted - set(bench_rules.FIGURES):
            rounds = run_rounds(args, wanted, failed)
        disk(scratch, "after")
        report(args, wanted, rounds, failed)
        if not args.peer:
            bench_rules.run(sys.modules[__name__], args, wanted, failed)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
