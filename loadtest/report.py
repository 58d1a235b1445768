"""Turns the samples of loadtest/run into tables and a plot. Standard library only.

report.py table FILE | ratio FILE SERVER REFERENCE | latencies FILE | plot FILE SVG | memory FILE | starts FILE | scrapes FILE
"""

import math
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


def table(path):
    by_label = samples(path)
    references = [name for name in ("bare", "nghttpd") if any(name in servers for servers in by_label.values())]
    lines = []
    for label, servers in by_label.items():
        costs = [
            spread([cost for cost, _ in servers[name]]) if name in servers else ""
            for name in ["balancer", *references]
        ]
        against = [spread(ratios(servers, "balancer", name)) if name in servers else "" for name in references]
        lines.append([label, *costs, *against, f"{median(rate for _, rate in servers['balancer']):,.0f}"])
    markdown(["load", "balancer", *references, *(f"÷ {name}" for name in references), "balancer calls/s"], lines)


def ratio(path, server, reference):
    servers = next(iter(samples(path).values()))
    print(f"{median(ratios(servers, server, reference)):.3f}")


def latencies(path):
    markdown(
        ["offered calls/s", "answered", "p50", "p90", "p99", "p99.9", "slowest", "sent late, p99"],
        [[f"{int(row[0]):,}", f"{int(row[1]):,}", *row[2:8]] for row in rows(path)],
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


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 430, 76, 64, 64, 56
LINES = [("p50", 2, "#0969da"), ("p99", 4, "#bc4c00"), ("p99.9", 5, "#8250df")]


def plot(path, target):
    """Latency, on a logarithmic axis, against the calls/s offered; on its own ground, legible on light and dark."""
    points = [[float(value) for value in row] for row in rows(path)]
    kept = [point for point in points if point[1] >= 0.97 * point[0]]
    values = [point[column] for point in kept for _, column, _ in LINES]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    step = next(step for step in (5_000, 10_000, 20_000, 50_000, 100_000) if points[-1][0] / step <= 10)
    most = math.ceil(points[-1][0] / step) * step

    def x(rate):
        return LEFT + rate / most * (WIDTH - LEFT - RIGHT)

    def y(millis):
        return HEIGHT - BOTTOM - math.log10(millis / low) / math.log10(high / low) * (HEIGHT - TOP - BOTTOM)

    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="system-ui, sans-serif" font-size="13" fill="#1f2328" role="img"'
        ' aria-label="Latency against offered load">',
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8" fill="#ffffff" stroke="#d0d7de"/>',
        f'<text x="{LEFT}" y="28" font-size="16" font-weight="600">Latency against offered load</text>',
        f'<text x="{LEFT}" y="47" fill="#59636e">open loop, random arrivals, 50 connections; server on one core</text>',
    ]
    decade = low
    while decade <= high * 1.001:
        at = y(decade)
        svg.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#d8dee4"/>')
        svg.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{decade:g} ms</text>')
        decade *= 10
    for rate in range(0, most + 1, step):
        svg.append(f'<text x="{x(rate):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{rate // 1000}</text>')
    svg.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">'
        "offered load, thousand calls/s</text>"
    )
    if len(kept) < len(points):
        at = x(points[-1][0])
        bottom = HEIGHT - BOTTOM
        svg.append(f'<path d="M{at:.1f} {TOP}V{bottom}" stroke="#cf222e" stroke-dasharray="4 4"/>')
        svg.append(f'<text x="{at - 6:.1f}" y="{bottom - 8}" text-anchor="end" fill="#cf222e">saturated</text>')
    ends = []
    for name, column, colour in LINES:
        path_points = " ".join(f"{x(point[0]):.1f},{y(point[column]):.1f}" for point in kept)
        svg.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg += [f'<circle cx="{x(p[0]):.1f}" cy="{y(p[column]):.1f}" r="3" fill="{colour}"/>' for p in kept]
        # Names stand at the ends of their lines, pushed apart where these are close to each other.
        label_y = y(kept[-1][column])
        if ends and ends[-1] - label_y < 16:
            label_y = ends[-1] - 16
        ends.append(label_y)
        svg.append(
            f'<text x="{x(kept[-1][0]) + 10:.1f}" y="{label_y + 4:.1f}" fill="{colour}" font-weight="600">{name}</text>'
        )
    svg.append("</svg>")
    with open(target, "w", encoding="utf-8") as out:
        out.write("\n".join(svg) + "\n")


def main(arguments):
    commands = {command.__name__: command for command in (table, ratio, latencies, plot, memory, starts, scrapes)}
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    commands[arguments[0]](*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
