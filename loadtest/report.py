"""Turns the samples of loadtest/run into tables and a plot, which needs the Python package matplotlib.

report.py table FILE SERVER/REFERENCE... | ratio FILE WHAT LABEL SERVER REFERENCE LIMIT | value WHAT UNIT LIMIT VALUE...
report.py verdict FILE SERVER REFERENCE LIMIT | latencies FILE | plot FOLDER | memory FILE | starts FILE | scrapes FILE
report.py round_trips FILE KIND=LIMIT...
"""

import pathlib
import re
import sys
from statistics import linear_regression, median

MIB = 1 << 20


def rows(path, separator="\t"):
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split(separator) for line in lines]


def spread(values, digits=2):
    """The median, then the lowest and highest value."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def markdown(header, lines):
    print("| " + " | ".join(header) + " |")
    print("|---|" + "---:|" * (len(header) - 1))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def samples(path):
    """{label: {server: [(µs a call, calls/s) by round]}} of what `compare` wrote."""
    by_label = {}
    for label, server, _, nanos, rate in rows(path):
        by_label.setdefault(label, {}).setdefault(server, []).append((int(nanos) / 1000, int(rate)))
    return by_label


def ratios(servers, server, reference):
    return [ours / theirs for (ours, _), (theirs, _) in zip(servers[server], servers[reference])]


def table(path, *pairs):
    """The CPU of a call for each server, and the ratio of each pair, such as front/netty."""
    by_label = samples(path)
    pairs = [pair.split("/") for pair in pairs]
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    compared = list(dict.fromkeys(name for name, _ in pairs))
    lines = []
    for label, servers in by_label.items():
        costs = [spread([cost for cost, _ in servers[name]]) if name in servers else "" for name in names]
        against = [
            spread(ratios(servers, name, reference), 3) if {name, reference} <= servers.keys() else ""
            for name, reference in pairs
        ]
        loads = []
        for name in compared:
            rate = median(rate for _, rate in servers[name])
            percent = median(cost * rate / 10_000 for cost, rate in servers[name])
            loads.append(f"{rate:,.0f} ({percent:.0f} %)")
        lines.append([label, *costs, *against, *loads])
    header = ["load", *names, *(f"{name} ÷ {reference}" for name, reference in pairs)]
    markdown([*header, *(f"{name}: calls/s (of a core)" for name in compared)], lines)


def judged(what, figure, unit, limit, measured):
    """A row of a table of limits. The median decides, a single round never does."""
    verdict = "OK" if median(measured) <= float(limit) else "NOT MET"
    print(f"| {what} | {figure} | {spread(measured, 0 if unit else 3)}{unit} | {float(limit):g}{unit} | {verdict} |")


def ratio(path, what, label, server, reference, limit):
    servers = samples(path)[label]
    ours, theirs = (median(cost for cost, _ in servers[name]) for name in (server, reference))
    judged(what, f"{ours:.2f} µs, {theirs:.2f} µs", "", limit, ratios(servers, server, reference))


def value(what, unit, limit, *values):
    judged(what, "", f" {unit}", limit, [float(one) for one in values])


def verdict(path, server, reference, limit):
    """Exits with 1 when the median of the ratios is above the limit; a single round never decides."""
    compared = ratios(next(iter(samples(path).values())), server, reference)
    exceeded = median(compared) > float(limit)
    print(
        f"{'FAILED' if exceeded else 'ok'}: CPU per call is {spread(compared, 3)} × that of {reference},"
        f" median (lowest–highest) of {len(compared)} rounds; at most {limit} allowed"
    )
    sys.exit(1 if exceeded else 0)


def latencies(path):
    """Rows: the transport, then what OpenLoop prints."""
    markdown(
        ["transport", "offered calls/s", "answered", "p50", "p90", "p99", "p99.9", "slowest", "sent late, p99"],
        [[row[0], f"{int(row[1]):,}", f"{int(row[2]):,}", *row[3:9]] for row in rows(path)],
    )


def starts(path):
    by_kind = {}
    for kind, seconds in rows(path):
        by_kind.setdefault(kind, []).append(float(seconds))
    markdown(
        ["process start to, on one core", "seconds", "starts"],
        [[kind, spread(values), str(len(values))] for kind, values in by_kind.items()],
    )


def scrapes(path):
    """Rows alternate: a period without scrapes (0), then one with (1)."""
    points = rows(path)
    columns = [("p50", 3), ("p90", 4), ("p99", 5)]
    lines = []
    for name, column in columns:
        quiet, scraped = ([float(row[column]) for row in points if row[0] == kind] for kind in "01")
        compared = [with_scrapes / without for without, with_scrapes in zip(quiet, scraped)]
        lines.append([name, spread(quiet), spread(scraped), spread(compared)])
    print(f"{points[0][1]} calls/s; {len(points) // 2} pairs; median (lowest–highest), ratios pair by pair.\n")
    markdown(["latency", "ms, not scraped", "ms, scraped 10 times a second", "ratio"], lines)


def round_trips(path, *limits):
    """Exits with 1 when the median of a kind's ratios is above its limit. A kind that has none is only reported."""
    limit = {kind: float(most) for kind, most in (text.rsplit("=", 1) for text in limits)}
    by_kind = {}
    for kind, _, bare, call in rows(path):
        by_kind.setdefault(kind, []).append((float(bare) / 1000, float(call) / 1000))
    lines, exceeded = [], []
    for kind, medians in by_kind.items():
        compared = [call / bare for bare, call in medians]
        columns = [spread([bare for bare, _ in medians]), spread([call for _, call in medians]), spread(compared)]
        lines.append([kind, *columns, f"{limit[kind]:g}" if kind in limit else ""])
        if kind in limit and median(compared) > limit[kind]:
            exceeded.append(f"{kind}: {median(compared):.2f} × its bare round trips; at most {limit[kind]:g} allowed")
    markdown(["what", "bare round trips, ms", "the whole, ms", "ratio", "at most"], lines)
    for line in [*exceeded, *(f"{kind}: not measured" for kind in limit if kind not in by_kind)]:
        print(f"FAILED: {line}", file=sys.stderr)
        exceeded = True
    sys.exit(1 if exceeded else 0)


def memory(path):
    points = [(int(calls), int(seconds), int(resident) / MIB) for calls, seconds, resident in rows(path, " ")]
    half = points[len(points) // 2 :]
    slope = linear_regression([calls for calls, _, _ in half], [resident for _, _, resident in half]).slope
    growth = slope * (half[-1][0] - half[0][0])
    calls, seconds, _ = points[-1]
    verdict = "flat" if growth <= 2 else "not flat"
    markdown(
        ["resident memory", "value"],
        [
            ["calls", f"{calls:,}"],
            ["duration", f"{seconds} s"],
            ["highest", f"{max(resident for _, _, resident in points):.1f} MiB"],
            ["at the end", f"{points[-1][2]:.1f} MiB"],
            ["growth over the last half, by regression", f"{growth:+.2f} MiB ({verdict}: at most 2 MiB)"],
        ],
    )
    print("\nAlong the way, in MiB:", ", ".join(f"{p[2]:.0f}" for p in points[:: max(1, len(points) // 18)]))


QUANTILES = [("p50", 2, "tab:blue"), ("p99", 4, "tab:orange"), ("p99.9", 5, "tab:green")]


def plot(folder):
    """Draws latency.svg, latency against offered load, from the newest table of the open loop in the folder."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    # Text stays text, and the same table gives the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "latency", "font.size": 11})
    newest = max(pathlib.Path(folder).glob("*-open-loop.md"))
    pattern = re.compile(r"^\| (\w+) \| ([\d,]+ \| [\d,]+ \|.*) \|$", re.MULTILINE)
    by_transport = {}
    for transport, cells in pattern.findall(newest.read_text(encoding="utf-8")):
        by_transport.setdefault(transport, []).append([float(cell.replace(",", "")) for cell in cells.split("|")])

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for style, (transport, points) in zip(("-", "--"), by_transport.items()):
        answered = [point for point in points if point[1] >= 0.97 * point[0]]
        loads = [point[0] / 1000 for point in answered]
        for name, column, color in QUANTILES:
            latency = [point[column] for point in answered]
            axes.plot(loads, latency, f"o{style}", color=color, label=f"{transport}, {name}")
        if len(answered) < len(points):
            axes.axvline(points[-1][0] / 1000, color="tab:red", linestyle=style, label=f"{transport}, saturated")
    axes.set_title("Latency of calls at random times over 50 connections, server on one core")
    axes.set_xlabel("offered load, thousand calls/s")
    axes.set_ylabel("latency, ms")
    axes.set_xlim(left=0)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(pathlib.Path(folder, "latency.svg"), metadata={"Date": None})


def main(arguments):
    known = (table, ratio, value, verdict, latencies, plot, memory, starts, scrapes, round_trips)
    commands = {command.__name__: command for command in known}
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    commands[arguments[0]](*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
