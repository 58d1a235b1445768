# shellcheck shell=bash disable=SC2034 # loadtest/run uses the variables, too
# The bench that loadtest/run measures on: servers on one core, load on another, and every load run verified.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What options of loadtest/run change: rounds of a comparison, seconds of a round and of warm-up, MiB of memory.
rounds=5 seconds=4 warm_up=12 memory=160
PATH=$PATH:/usr/sbin # where Debian keeps nghttpd, and not every user looks
server_core=${SERVER_CORE:-0}
load_core=${LOAD_CORE:-1}
results=${RESULTS:-$root/loadtest/results}
# A word an option, as on the JVM's own command line.
read -r -a extra_options <<<"${JVM_OPTIONS:-}"
java_command=("$java" @src/main/jvm/jvm.options "${extra_options[@]}")
balancer_command=("${java_command[@]}" -jar target/redirect-balancer.jar)
bare_command=("${java_command[@]}" -cp 'target/redirect-balancer.jar:target/lib/*:target/test-classes'
  io.redirectbalancer.server.BareServer)
# MALLOC_ARENA_MAX as in the image.
balancer_settings=(CDN_HOST=cdn.example.com ORIGIN_EVERY=10 LOG_FORMAT=text MALLOC_ARENA_MAX=1)

declare -A pid=() port=() warmed=()
declare -A counts=()    # the admin address of the balancer that counts a server's calls
declare -A container=() # the container that a balancer runs in, if it does
declare -A orders=() reports=() made=() received=() # of varied_load: its pipes, calls made and bytes received so far
prefix=()        # what runs before a server, such as a step into a control group
in_container=no  # whether balancers run in containers
cgroup=''        # the control group that holds the balancer, if one does
limit_note=''    # which of these, in words

say() { echo "# $*" >&2; }

prepare() {
  need h2load nghttpd ghz grpcurl taskset chrt python3 python3-h2 "$java" curl awk
  [ "$(nproc --all)" -gt 1 ] || die "needs two cores: one for the server, one for the load"
  cd "$root" || exit
  [ -e target/redirect-balancer.jar ] || die "no target/redirect-balancer.jar: run mvn package first"
  work=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  load_average=$(cut -d ' ' -f 1 /proc/loadavg)
  at_most "$load_average" 0.5 || say "warning: this machine is busy (load average $load_average); ratios will scatter"
  # Everything from here on runs on the load's core; servers are moved to theirs.
  taskset -cp "$load_core" $$ >/dev/null
  use_url "$example_url"
}

clean_up() {
  stop_all
  lift_memory_limit
  rm -rf "$work"
}

# --- servers

# launch NAME COMMAND...: starts a server on its core.
launch() {
  local name=$1
  shift
  "${prefix[@]}" taskset -c "$server_core" "$@" >"$work/$name.log" 2>&1 </dev/null &
  pid[$name]=$!
}

stop() {
  local name=$1 process=${pid[$1]:-} _
  [ -n "$process" ] || return 0
  unset "pid[$name]" "warmed[$name]"
  if [ -n "${container[$name]:-}" ]; then
    docker rm -f "${container[$name]}" >/dev/null
    unset "container[$name]"
    return 0
  fi
  kill "$process" 2>/dev/null || true
  for _ in {1..400}; do
    kill -0 "$process" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
}

stop_all() {
  local name
  for name in "${!pid[@]}"; do stop "$name"; done
}

# await NAME COMMAND...: until COMMAND succeeds; ends the run when the server dies or takes too long.
await() {
  local name=$1 _
  shift
  for _ in {1..300}; do
    "$@" >/dev/null 2>&1 && return
    [ -n "${container[$name]:-}" ] || kill -0 "${pid[$name]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/$name.log" >&2
  die "$name did not start"
}

# start_balancer NAME [VARIABLE=VALUE...]
start_balancer() {
  local name=$1 admin_port settings
  stop "$name"
  port[$name]=$(free_port)
  admin_port=$(free_port)
  settings=("${balancer_settings[@]}" "${@:2}" PORT="${port[$name]}" ADMIN_PORT="$admin_port")
  if [ $in_container = yes ]; then
    start_container "$name" "${settings[@]}"
  else
    launch "$name" env "${settings[@]}" "${balancer_command[@]}"
  fi
  await "$name" python3 loadtest/h2c.py wait "${port[$name]}" 1
  counts[$name]=http://127.0.0.1:$admin_port
}

# start_transport TRANSPORT [VARIABLE=VALUE...]: a balancer that is named after its transport, netty or front.
start_transport() { start_balancer "$1" GRPC_TRANSPORT="$1" "${@:2}"; }

# start_behind: the balancer that edges pass their calls on to. It runs beside the load, so that only an edge is on the
# server's core.
start_behind() {
  local admin_port
  stop behind
  port[behind]=$(free_port)
  admin_port=$(free_port)
  env "${balancer_settings[@]}" PORT="${port[behind]}" ADMIN_PORT="$admin_port" "${balancer_command[@]}" \
    >"$work/behind.log" 2>&1 </dev/null &
  pid[behind]=$!
  await behind python3 loadtest/h2c.py wait "${port[behind]}" 1
  counts[behind]=http://127.0.0.1:$admin_port
}

# start_edge NAME TRANSPORT: an edge in front of start_behind's balancer, which counts its calls. Its timeouts are long, so that no
# call of the warm-up fails, nor one while this machine stalls.
start_edge() {
  stop "$1"
  port[$1]=$(free_port)
  launch "$1" env BALANCER_TARGET="dns:///127.0.0.1:${port[behind]}" LOG_FORMAT=text PORT="${port[$1]}" \
    ADMIN_PORT="$(free_port)" GRPC_TRANSPORT="$2" CALL_DEADLINE_MS=60000 ATTEMPT_TIMEOUT_MS=60000 \
    "${balancer_command[@]}" edge
  await "$1" python3 loadtest/h2c.py wait "${port[$1]}" 1
  counts[$1]=${counts[behind]}
}

start_bare() {
  stop bare
  port[bare]=$(free_port)
  launch bare "${bare_command[@]}" "${port[bare]}"
  await bare answer bare
}

# start_nghttpd BYTES: serves a file of that size under the path of the gRPC method. It answers a POST like a GET, so
# all servers get the very same requests.
start_nghttpd() {
  stop nghttpd
  port[nghttpd]=$(free_port)
  nghttpd_bytes=$1
  mkdir -p "$work/files$(dirname "$method")"
  head -c "$1" /dev/zero | tr '\0' x >"$work/files$method"
  launch nghttpd nghttpd --no-tls --address=127.0.0.1 -d "$work/files" "${port[nghttpd]}"
  await nghttpd curl -fsS --http2-prior-knowledge "http://127.0.0.1:${port[nghttpd]}$method"
}

# --- what is asked, and what must be answered

# use_url URL: what the calls from here on ask for.
use_url() {
  url=$1
  python3 -c '
import sys
url = sys.argv[1].encode()
length = bytes([len(url)]) if len(url) < 128 else bytes([len(url) & 127 | 128, len(url) >> 7])
message = b"\x0a" + length + url
sys.stdout.buffer.write(b"\x00" + len(message).to_bytes(4, "big") + message)' "$url" >"$work/body"
}

# url_of BYTES: a URL of that length.
url_of() {
  local base=http://s1.origin-cluster/ end=.m3u8 path
  printf -v path '%*s' $(($1 - ${#base} - ${#end})) ''
  echo "$base${path// /v}$end"
}

cdn_url() { echo "http://cdn.example.com/s1${1#http://s1.origin-cluster}"; }

# framed TEXT: the bytes of a gRPC message with this one string: frame header, tag, length, text.
framed() { echo $((5 + 1 + (${#1} < 128 ? 1 : 2) + ${#1})); }

# answer NAME: what the server answers to grpcurl.
answer() {
  grpcurl -plaintext -max-time 5 -import-path proto -proto loadbalancer.proto -d "{\"video\": \"$url\"}" \
    "127.0.0.1:${port[$1]}" "${method#/}" | sed -n 's/^ *"redirect": "\(.*\)"$/\1/p'
}

# verify_answer NAME: a real client gets the right answer. Which one that is follows from the calls before it.
verify_answer() {
  [ "$1" != nghttpd ] || return 0
  local total expected actual
  if [ -n "${counts[$1]:-}" ]; then
    read -r total _ < <(settled_counters "${counts[$1]}") || die "no metrics at ${counts[$1]}/metrics"
    expected=$(cdn_url "$url")
    [ $(((total + 1) % 10)) != 0 ] || expected=$url
  else
    expected=$(cdn_url "$example_url")
  fi
  actual=$(answer "$1") || true
  [ "$actual" = "$expected" ] || die "$1 answered '$actual', expected '$expected'"
}

# verify_counters BEFORE AFTER CALLS: a balancer answered exactly so many calls, all OK, every tenth from the origin.
verify_counters() {
  local total origin ok other total0 origin0 ok0 other0
  read -r total0 origin0 ok0 other0 <<<"$1"
  read -r total origin ok other <<<"$2"
  [ $((ok - ok0)) -eq "$3" ] || die "$3 calls made, $((ok - ok0)) counted as OK"
  [ "$other" -eq "$other0" ] || die "$((other - other0)) calls ended with an error"
  [ $((total - total0)) -eq "$3" ] || die "$3 calls made, $((total - total0)) redirects counted"
  [ "$origin" -eq $((total / 10)) ] || die "$origin of $total calls went to the origin, expected $((total / 10))"
  [ "$origin0" -eq $((total0 / 10)) ] || die "$origin0 of $total0 calls went to the origin, expected $((total0 / 10))"
}

# answer_bytes NAME BEFORE AFTER CALLS: the bytes of so many right answers. An error has none.
answer_bytes() {
  local origin origin0 from_origin
  case $1 in
    nghttpd) echo $(($4 * nghttpd_bytes)) ;;
    bare) echo $(($4 * $(framed "$(cdn_url "$example_url")"))) ;;
    *)
      read -r _ origin0 _ <<<"$2"
      read -r _ origin _ <<<"$3"
      from_origin=$((origin - origin0))
      echo $((from_origin * $(framed "$url") + ($4 - from_origin) * $(framed "$(cdn_url "$url")")))
      ;;
  esac
}

# --- load

# cpu_ns PROCESS: CPU time used so far by all its threads, those that have ended too, from the kernel's clock of the
# process (clock_getcpuclockid(3)); /proc/PID/stat shows the same in steps of 10 ms.
cpu_ns() { python3 -S -c 'import sys, time; print(time.clock_gettime_ns((~int(sys.argv[1]) << 3) | 2))' "$1"; }

resident_bytes() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/${pid[$1]}/status"; }

# load NAME CALLS [h2load arguments]: one verified run of h2load. Sets cost (CPU, ns a call) and rate (calls/s).
load() {
  local name=$1 count=$2 before cpu
  shift 2
  begin_load "$name"
  timeout 300 h2load -n "$count" "$@" -d "$work/body" -H 'content-type: application/grpc' -H 'te: trailers' \
    "http://127.0.0.1:${port[$name]}$method" >"$work/h2load.out" || die "h2load failed against $name"
  grep -q ", $count succeeded, 0 failed, 0 errored, 0 timeout" "$work/h2load.out" ||
    die "$name: $(grep '^requests:' "$work/h2load.out")"
  end_load "$name" "$count" "$(sed -n 's/^traffic:.*(\([0-9]*\)) data$/\1/p' "$work/h2load.out")"
  rate=$(sed -n 's/^finished in [^,]*, \([0-9]*\).*/\1/p' "$work/h2load.out")
}

# begin_load NAME: sets before and cpu, the server's counters and CPU time, for end_load.
begin_load() {
  verify_answer "$1"
  before=''
  [ -z "${counts[$1]:-}" ] || before=$(settled_counters "${counts[$1]}")
  cpu=$(cpu_ns "${pid[$1]}")
}

# end_load NAME CALLS BYTES: sets cost (CPU, ns a call) since begin_load; ends the run unless all those calls were
# answered as they should, with so many bytes altogether.
end_load() {
  local name=$1 count=$2 bytes=$3 after='' cpu_now
  cpu_now=$(cpu_ns "${pid[$name]}" 2>/dev/null) || die "$name ended under load: $(tail -1 "$work/$name.log")"
  [ -z "${counts[$name]:-}" ] || after=$(settled_counters "${counts[$name]}")
  [ -z "${counts[$name]:-}" ] || verify_counters "$before" "$after" "$count"
  [ "$bytes" = "$(answer_bytes "$name" "$before" "$after" "$count")" ] ||
    die "$name sent $bytes bytes of answers, expected $(answer_bytes "$name" "$before" "$after" "$count")"
  verify_answer "$name"
  # A line for each call, as a logger without configuration writes them, costs more than the call.
  [ "$(wc -l <"$work/$name.log")" -lt 1000 ] || die "$name logs its calls: $(tail -1 "$work/$name.log" | cut -c 1-200)"
  cost=$(((cpu_now - cpu) / count))
}

# compare LABEL 'SERVER...' ROUNDS CONNECTIONS STREAMS [h2load arguments]: warms the servers up, then measures them
# in turn and adds the figures to $work/samples.
compare() {
  local label=$1 names=$2 count=$3 connections=$4 name round
  local arguments=(-c "$4" -m "$5" "${@:6}")
  local -A round_calls=()
  for name in $names; do
    say "$label: $name, warm-up"
    warm "$name" "$connections" "${arguments[@]}"
    # So many calls on each connection that making the connection hardly counts.
    round_calls[$name]=$((rate * seconds > 300 * connections ? rate * seconds : 300 * connections))
  done
  for ((round = 1; round <= count; round++)); do
    for name in $names; do
      load "$name" "${round_calls[$name]}" "${arguments[@]}"
      sample "$label" "$name" "$round"
    done
  done
}

# sample LABEL NAME ROUND: adds cost and rate to $work/samples.
sample() {
  say "$1: round $3, $2: $cost ns a call, $rate calls/s"
  printf '%s\t%s\t%d\t%s\t%s\n' "$1" "$2" "$3" "$cost" "$rate" >>"$work/samples"
}

# warm NAME CONNECTIONS [h2load arguments]: loads a server until it is warm: for the warm-up time, a quarter of it where
# it has been warmed up before, and then until the CPU of a call stays within 5 % for three runs in a row, but at most
# three times the warm-up time. It takes that long because the compiler has to share the server's one core.
warm() {
  local name=$1 chunk=50000 begin=$SECONDS least=$warm_up most=$((3 * warm_up)) last=0 steady=0
  [ "$chunk" -ge $((100 * $2)) ] || chunk=$((100 * $2))
  shift 2
  [ -z "${warmed[$name]:-}" ] || least=$((warm_up / 4))
  [ "$name" != nghttpd ] || least=1 most=5 # compiled already
  while :; do
    load "$name" "$chunk" "$@"
    steady=$((cost * 100 > last * 95 && cost * 100 < last * 105 ? steady + 1 : 0))
    last=$cost
    [ $((SECONDS - begin)) -lt "$most" ] || break
    [ $((SECONDS - begin)) -lt "$least" ] || [ $steady -lt 2 ] || break
  done
  warmed[$name]=yes
}

# What h2load cannot: an open loop over TLS, with a grpc-timeout and a traceparent that differ from call to call.

# start_varied NAME PORT: connects a generator of such calls to that server's port for TLS; it waits for varied_load.
start_varied() {
  local fd
  rm -f "$work/$1.orders" "$work/$1.reports"
  mkfifo "$work/$1.orders" "$work/$1.reports"
  # Open for both: to write to a pipe that nobody reads would end this script without a word.
  exec {fd}<>"$work/$1.orders"
  orders[$1]=$fd
  "$java" -XX:+UseSerialGC -Xms256m loadtest/OpenLoop.java --tls --vary "$2" "$method" "$work/body" 50 \
    <"$work/$1.orders" >"$work/$1.reports" 2>"$work/$1.varied.log" &
  pid[$1.varied]=$!
  exec {fd}<"$work/$1.reports"
  reports[$1]=$fd
  made[$1]=0 received[$1]=0
}

# varied_load NAME CALLS_PER_SECOND SECONDS: one verified run, as load does.
varied_load() {
  local name=$1 before cpu report total bytes
  begin_load "$name"
  echo "$3 $2" >&"${orders[$name]}"
  # Until it has connected the first time, its own start is part of the wait.
  read -r -t $(($3 + 90)) -u "${reports[$name]}" -a report || {
    cat "$work/$name.varied.log" >&2
    die "the load failed"
  }
  rate=${report[1]} total=${report[8]} bytes=${report[9]}
  at_most $(($2 * 97 / 100)) "$rate" || say "warning: $name answered $rate of $2 calls/s"
  end_load "$name" $((total - made[$name])) $((bytes - received[$name]))
  made[$name]=$total received[$name]=$bytes
}

# --- memory limit

# limit_memory MIB: puts the balancer that starts next under a memory limit: by a control group where one can be made,
# else in a container of the image redirect-balancer, else not at all; limit_note says which.
limit_memory() {
  local bytes=$(($1 * 1048576)) own
  if [ -w /sys/fs/cgroup/cgroup.subtree_control ] && grep -qw memory /sys/fs/cgroup/cgroup.subtree_control &&
    mkdir "/sys/fs/cgroup/loadtest.$$" 2>/dev/null; then
    cgroup=/sys/fs/cgroup/loadtest.$$
    echo "$bytes" >"$cgroup/memory.max"
    [ ! -e "$cgroup/memory.swap.max" ] || echo 0 >"$cgroup/memory.swap.max"
    limit_note="$1 MiB, control group v2"
  elif own=$(sed -n 's/^[0-9]*:memory:\(.*\)/\1/p' /proc/self/cgroup) && [ -n "$own" ] &&
    mkdir "/sys/fs/cgroup/memory${own%/}/loadtest.$$" 2>/dev/null; then
    cgroup=/sys/fs/cgroup/memory${own%/}/loadtest.$$
    echo "$bytes" >"$cgroup/memory.limit_in_bytes"
    limit_note="$1 MiB, control group v1"
  elif docker image inspect redirect-balancer >/dev/null 2>&1; then
    in_container=yes
    limit_note="$1 MiB, container"
  else
    limit_note="none (no control group can be made here, and there is no image redirect-balancer)"
  fi
  # shellcheck disable=SC2016 # the inner shell expands it
  [ -z "$cgroup" ] || prefix=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup")
}

# lift_memory_limit: for the balancers that start from here on; those under the limit are stopped.
lift_memory_limit() {
  [ -z "$cgroup" ] || rmdir "$cgroup" 2>/dev/null || true
  prefix=() in_container=no cgroup=''
}

# start_container NAME VARIABLE=VALUE...
start_container() {
  : >"$work/$1.log"
  local setting settings=()
  for setting in "${@:2}" ADMIN_HOST=127.0.0.1; do settings+=(-e "$setting"); done
  container[$1]=$(docker run -d --rm --network host --memory "${memory}m" --memory-swap "${memory}m" \
    --cpuset-cpus "$server_core" "${settings[@]}" redirect-balancer)
  pid[$1]=$(docker inspect -f '{{.State.Pid}}' "${container[$1]}")
}

# memory_events: how close the balancer came to its limit, as the control group counts it (page cache included).
memory_events() {
  [ -n "$cgroup" ] || return 0
  local peak hits
  if [ -e "$cgroup/memory.events" ]; then
    peak=$(cat "$cgroup/memory.peak" 2>/dev/null || echo 0) # since Linux 5.19
    hits=$(awk '$1 == "max" { print $2 }' "$cgroup/memory.events")
  else
    peak=$(cat "$cgroup/memory.max_usage_in_bytes")
    hits=$(cat "$cgroup/memory.failcnt")
  fi
  echo
  echo "Control group: peak $((peak / 1048576)) MiB, limit hit $hits times."
}

# --- results

# publish NAME TITLE: prints standard input and keeps it with date, machine and flags in results/DATE-NAME.md.
publish() {
  local file
  mkdir -p "$results"
  file=$results/$(date +%F)-$1.md
  {
    echo "# $2, $(date +%F)"
    echo
    echo "- CPU: $(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc --all) cores;" \
      "server on core $server_core, load on core $load_core"
    echo "- Kernel: $(uname -sr); load average before the run: $load_average"
    echo "- JDK: $("$java" -version 2>&1 | sed -n '2p')"
    echo "- JVM flags: \`$(grep -v '^ *\(#\|$\)' src/main/jvm/jvm.options | tr '\n' ' ')${JVM_OPTIONS:-}\`"
    echo "- Load: $(h2load --version), ghz $(ghz --version 2>&1 | head -1)"
    echo
    cat
  } | tee "$file"
  say "written to $file"
}
