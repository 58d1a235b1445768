# shellcheck shell=bash disable=SC2034 # the scripts that source it use the variables
# What the scripts of this folder share. Sourced, never run by itself.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
method=/loadBalancer.loadBalancer/Redirect
example_url=http://s1.origin-cluster/video/123/xcg2djHckad.m3u8
java=${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/java}}
java=${java:-java}

die() {
  echo "loadtest: $*" >&2
  exit 1
}

# shellcheck source-path=SCRIPTDIR source=need.sh
. "$root/loadtest/need.sh"

free_port() {
  # Below the ports that outgoing connections get.
  python3 -c '
import random, socket
while True:
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", random.randrange(20000, 32000)))
        except OSError:
            continue
        print(s.getsockname()[1])
        break'
}

# counters ADMIN_ADDRESS: one line of the server's totals since its start:
# valid calls, those of them sent to the origin, Redirect calls that ended OK, those that ended otherwise.
counters() {
  curl -fsS --max-time 5 "$1/metrics" | awk -v method="${method#/}" '
    BEGIN {
      split(method, name, "/")
      service_label = "grpc_service=\"" name[1] "\""
      method_label = "grpc_method=\"" name[2] "\""
    }
    /^redirects_total[{ ]/ { total += $NF; if (/target="origin"/) origin += $NF }
    /^grpc_server_handled_total[{]/ && index($0, service_label) && index($0, method_label) {
      if (/grpc_code="OK"/) ok += $NF; else other += $NF
    }
    END { printf "%.0f %.0f %.0f %.0f\n", total, origin, ok, other }'
}

# settled_counters ADMIN_ADDRESS: the same, once two readings agree. The server counts a call when its stream
# closes, which can be just after the caller has its answer.
settled_counters() {
  local last='' now
  for _ in {1..50}; do
    now=$(counters "$1") || return 1
    [ "$now" = "$last" ] && break
    last=$now
    sleep 0.05
  done
  echo "$now"
}

# metric ADMIN_ADDRESS NAME: the value of a metric without labels.
metric() {
  curl -fsS --max-time 5 "$1/metrics" |
    awk -v name="$2" '$1 == name { printf "%.0f\n", $2; found = 1 } END { exit !found }' ||
    die "$1/metrics shows no $2"
}

# run_ghz REPORT ADDRESS [ghz arguments]: runs loadtest/ghz.json against ADDRESS and sets ghz_calls, ghz_failed,
# ghz_rate (calls/s) and ghz_p50, ghz_p95, ghz_p99, ghz_slowest (ms) from ghz's summary. ghz.json lets the calls in
# flight end when the time is up, so ghz cuts none off and every error is the server's.
run_ghz() {
  local report=$1 address=$2
  shift 2
  (cd "$root" && ghz --config loadtest/ghz.json "$@" "$address") >"$report" 2>&1 || {
    cat "$report" >&2
    die "ghz failed"
  }
  read -r ghz_calls ghz_failed ghz_rate ghz_p50 ghz_p95 ghz_p99 ghz_slowest < <(awk '
    function ms(value, unit) { return unit == "s" ? value * 1000 : unit == "ns" ? value / 1e6 : value + 0 }
    /^  Count:/ { calls = $2 }
    /^  Slowest:/ { slowest = ms($2, $3) }
    /^  Requests\/sec:/ { rate = $2 }
    / % in / { at[$1] = ms($4, $5) }
    /^  \[OK\]/ { ok = $2 }
    END { print calls + 0, calls - ok, rate + 0, at[50] + 0, at[95] + 0, at[99] + 0, slowest + 0 }
  ' "$report")
}

# at_most A B: whether A <= B, for numbers with a fraction.
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }
