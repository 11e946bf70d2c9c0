"""What rules cost: the figures of bench.py that are ours alone.

    rules_50    messages accepted per second at 50 sessions with a file of
                200 lines, none of which holds and none of which asks
                anybody, at each of connection, helo, from, rcpt and data;
                beside the same server without rules
    list        microseconds per RCPT with a Find_strfile? in a list of
                100,000 lines after its first use; beside one of 100
    rules_lines lines evaluated per second and core, the slowest of the kinds
                that rules_bench measures

Printed as "bench NAME ours=X without=Y ratio=R", for list "short=Y"; ratio 1
is what would cost nothing.
"""

import os
import random
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))

import smtp  # noqa: E402

FIGURES = ("rules_50", "list", "rules_lines")
EVENTS = ("connection", "helo", "from", "rcpt", "data")
LINES = 200
# None holds.  A '#' becomes the number of the line.
KINDS = {
    "connection": ('Ip? "203.0.113.#" Deny!', 'Ip? "10.#.0.0/16" Deny!',
                   'Itest? "%H>#0" Deny!', 'Tmark? "m#" Deny!'),
    "helo": ('Helo? "host#.example.net" Deny!',
             'Find_str? "%h:spam#" Deny!'),
    "from": ('From? "sender#@elsewhere.example.net" Deny!',
             'Find_in_from? "@domain#.example.com" Deny!',
             'Cmp_right? "%o:.x#" Deny!'),
    "rcpt": ('To? "user#@example.org" Deny!',
             'Find_in_to? "@list#.example.com" Deny!',
             'Auth? Cmp_str? "%f:%u" Deny!', 'Itest? "%n>1#00" Deny!'),
    "data": ('Itest? "%z>#0000000" Deny!', 'From? "bulk#@x.test" Deny!'),
}
RCPTS, BATCH = 3000, 50


def file_of(event):
    kinds = [k for e in EVENTS[:EVENTS.index(event) + 1] for k in KINDS[e]]
    return "".join(kinds[i % len(kinds)].replace("#", str(i)) + "\n"
                   for i in range(LINES))


def reload(suite, base, rows):
    if not suite.reload(base + rows):
        raise RuntimeError("rules are not in force: " + suite.stderr()[-400:])


def median(values):
    return statistics.median(values)


def rules_50(bench, server, args):
    """With and without by turns, so that both meet the same disk."""
    suite, rates = server.suite, {True: [], False: []}
    suite.mkdir("rules")
    base = list(suite.options)
    rows = [f'Event.{e} "{suite.write(f"rules/{e}", file_of(e))}"'
            for e in EVENTS]
    for i in range(2 * args.rounds):
        # Not always the same one first: a disk gets slower with its files.
        for has_rules in (True, False) if i % 2 else (False, True):
            reload(suite, base, rows if has_rules else [])
            found = bench.measure_local(server, 50, args.seconds)
            rates[has_rules].append(found["accept_50"])
    reload(suite, base, [])
    ours, without = median(rates[True]), median(rates[False])
    print(f"bench rules_50 ours={ours:.2f} without={without:.2f} "
          f"ratio={ours / without:.2f}", flush=True)


def cost_of_rcpt(port):
    """Microseconds per RCPT, many in one write."""
    with smtp.Client(port, timeout=60) as c:
        c.ehlo()
        best = []
        for _ in range(RCPTS // BATCH):
            c.expect(250, "MAIL FROM:<a@client.test>")
            lines = ["RCPT TO:<user0@example.test>"] * BATCH
            start = time.monotonic()
            replies = c.pipeline(*lines)
            best.append((time.monotonic() - start) / BATCH)
            if any(r.code != 250 for r in replies):
                raise RuntimeError(f"refused: {replies[0]}")
            c.expect(250, "RSET")
    return 1e6 * median(best)


def list_lines(bench, server, args):
    del bench
    suite, base = server.suite, list(server.suite.options)
    suite.mkdir("rules")
    chance = random.Random(1)
    costs = {100: [], 100000: []}
    for lines in costs:
        suite.write(f"rules/list{lines}", "".join(
            f"host{chance.randrange(10**9)}.example{i}.net\n"
            for i in range(lines)))
    for _ in range(args.rounds):
        for lines in costs:
            path = suite.path("rules", f"list{lines}")
            rule = f'Find_strfile? "%r %f %h:{path}" Deny!'
            reload(suite, base, [f'Event.rcpt "{rule}"', "Max_rcpts 1000"])
            cost_of_rcpt(suite.port)        # its first use
            costs[lines].append(cost_of_rcpt(suite.port))
    reload(suite, base, [])
    ours, short = median(costs[100000]), median(costs[100])
    print(f"bench list ours={ours:.2f} short={short:.2f} "
          f"ratio={short / ours:.2f}", flush=True)


def rules_lines(bench):
    p = subprocess.run([bench.tool("rules_bench"), str(LINES), "0.5"],
                       stdout=subprocess.PIPE, text=True, check=True,
                       timeout=120)
    print("# " + p.stdout.strip().replace("\n", "\n# "))
    rates = [int(x) for x in re.findall(r"(\d+) lines/s", p.stdout)]
    print(f"bench rules_lines ours={min(rates)} without=100000 "
          f"ratio={min(rates) / 100000:.2f}", flush=True)


def run(bench, args, wanted, failed):
    """The figures that are wanted; bench is bench.py."""
    server = None
    try:
        if "rules_lines" in wanted:
            rules_lines(bench)
        if wanted & {"rules_50", "list"}:
            bench.Ours.client = [] if args.plain else ["-P"]
            server = bench.started(bench.Ours, 50, True)
        for name, work in (("rules_50", rules_50), ("list", list_lines)):
            if name in wanted:
                work(bench, server, args)
    except Exception as e:  # pylint: disable=broad-except
        why = f"{type(e).__name__}: {e}".splitlines()[0]
        for name in wanted & set(FIGURES):
            failed.setdefault(name, why)
        print(f"bench {' '.join(sorted(wanted & set(FIGURES)))} failed: "
              f"{why}", flush=True)
    finally:
        if server is not None:
            server.stop()
