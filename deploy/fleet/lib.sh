# shellcheck shell=bash disable=SC2034 # the scripts that source it use the variables
# What the scripts beside it share. Sourced, never run by itself.
#
# The fleet is three balancers, server-1 to server-3, and an edge in front of them. It runs in one of two ways: as the
# profile fleet of docker-compose.yml, or with --local as processes of this machine. The functions docker_* and local_*
# are the difference; both listen on the same addresses.

fleet=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$fleet/../.." && pwd)
state=$root/target/fleet # process ids and logs of local processes
servers=(server-1 server-2 server-3)
edge_port=${EDGE_PORT:-50050}
edge=127.0.0.1:$edge_port
backend=docker
video=http://s1.origin-cluster/video/123/xcg2djHckad.m3u8
origin_domains=${ORIGIN_DOMAINS-origin-cluster}
method=loadBalancer.loadBalancer/Redirect

# shellcheck source-path=SCRIPTDIR/../../loadtest source=need.sh
. "$root/loadtest/need.sh"

say() { echo "# $*" >&2; }
die() {
  echo "FAILED: $*" >&2
  exit 1
}

common_options='  --local    the fleet is processes of this machine; without it, containers of Docker Compose
  --help     this text

Environment: EDGE_PORT, the port of the edge (50050); its admin port is at + 20, server N at + 10 + N, all of them
on 127.0.0.1. GRPC_TRANSPORT and others of docker-compose.yml go to servers and edge.'

# parse_options "$@": reads the options that all scripts have, and for each NAME in $options --NAME VALUE into the
# variable of that name. What is left over is in the array arguments.
parse_options() {
  arguments=()
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) help; exit 0 ;;
      --local) backend=local; shift ;;
      --*)
        local name=${1#--}
        [[ " ${options:-} " == *" $name "* ]] || { echo "unknown option: $1; see --help" >&2; exit 2; }
        [ $# -ge 2 ] || { echo "$1 wants a value; see --help" >&2; exit 2; }
        [[ $2 =~ ^[1-9][0-9]*$ ]] || { echo "$1: \"$2\" (expected: a whole number from 1 on)" >&2; exit 2; }
        declare -g "$name=$2"
        shift 2
        ;;
      *) arguments+=("$1"); shift ;;
    esac
  done
}

no_arguments() {
  [ ${#arguments[@]} -eq 0 ] || { echo "unknown argument: ${arguments[0]}; see --help" >&2; exit 2; }
}

# await WHAT SECONDS COMMAND...: until COMMAND succeeds.
await() {
  local what=$1 limit=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $limit ] || die "$what: not within the time given"
    sleep 0.1
  done
}

need_fleet() {
  serving "$edge" || die "no edge answers on $edge: start the fleet by deploy/fleet/up"
}

# serving ADDRESS: whether the server there says that it serves.
serving() {
  grpcurl -plaintext -max-time 2 "$1" grpc.health.v1.Health/Check 2>/dev/null | grep -q '"SERVING"'
}

server_address() { echo "127.0.0.1:$((edge_port + 10 + ${1#server-}))"; }
admin_port() {
  case $1 in
    edge) echo $((edge_port + 20)) ;;
    *) echo $((edge_port + 20 + ${1#server-})) ;;
  esac
}

# --- calls

# answered_by SERVER: whether the next call through the edge is answered by that server.
answered_by() {
  grpcurl -plaintext -max-time 5 -v -d "{\"video\": \"$video\"}" "$edge" "$method" 2>/dev/null |
    grep -qx "served-by: $1"
}

# await_spread: until every server has answered a call.
await_spread() {
  local server
  for server in "${servers[@]}"; do await "an answer from $server" 120 answered_by "$server"; done
}

# answers N: makes N calls, one after another; a line each, then a summary.
answers() {
  "${backend}_call" --count "$1" "$video"
}

# verify_spread N: whether of N calls each server answers its third, give or take 2.
verify_spread() {
  local output server count status=0
  output=$(answers "$1") || die "not every call was answered: $(tail -5 <<<"$output")"
  for server in "${servers[@]}"; do
    count=$(grep -c "^http.* from $server\$" <<<"$output") || true
    echo "$server $count"
    [ $((3 * count)) -ge $(($1 - 6)) ] && [ $((3 * count)) -le $(($1 + 6)) ] || status=1
  done
  [ $status = 0 ] || echo "FAILED: a server is off its third of $1 by more than 2" >&2
  return $status
}

# start_load RATE [ghz arguments]: calls $load_address, by default the edge, until stop_load; sets load_pid and
# load_report.
start_load() {
  local rate=$1
  shift
  load_report=$(mktemp)
  temporary+=("$load_report")
  (cd "$root" && exec ghz --insecure --proto proto/loadbalancer.proto --call "$method" -d "{\"video\": \"$video\"}" \
    --rps "$rate" --concurrency 100 --duration 1h --duration-stop wait --timeout 10s --format json --output "$load_report" "$@" \
    "${load_address:-$edge}") >/dev/null 2>&1 &
  load_pid=$!
  loads+=("$load_pid")
}

# stop_load: no more calls, those in flight end.
stop_load() {
  kill -INT "$load_pid"
  wait "$load_pid" || die "ghz failed"
}

loads=() temporary=()
clean_up() {
  [ ${#loads[@]} -eq 0 ] || kill -KILL "${loads[@]}" 2>/dev/null || true
  [ ${#temporary[@]} -eq 0 ] || rm -f "${temporary[@]}"
}
trap clean_up EXIT

# --- what the two ways to run a fleet have in common: each of these runs docker_NAME or local_NAME

start_fleet() { "${backend}_start_fleet"; }
stop_fleet() { "${backend}_stop_fleet"; }
start_server() { "${backend}_start" "$1"; await "$1" 60 serving "$(server_address "$1")"; }
stop_server() { "${backend}_stop" "$1"; }        # as an update does: drain, then end
signal_server() { "${backend}_signal" "$1" "$2"; } # KILL, STOP or CONT
follow_logs() { "${backend}_logs" "$@"; }

# --- as containers

compose() {
  (cd "$root" && EDGE_PORT=$edge_port EDGE_ADMIN_PORT=$(admin_port edge) SERVER_1_PORT=$((edge_port + 11)) \
    SERVER_2_PORT=$((edge_port + 12)) SERVER_3_PORT=$((edge_port + 13)) docker compose --profile fleet "$@")
}
docker_start_fleet() { compose up --build --wait edge; }
docker_stop_fleet() {
  compose rm --stop --force edge "${servers[@]}"
  # Of the project's own, "down" would also take what is not the fleet's. With nothing else there it takes the network.
  [ -n "$(compose ps --all --quiet)" ] || compose down
}
docker_start() { compose up --wait --no-deps "$1"; }
docker_stop() { compose stop "$1"; }
docker_signal() { compose kill -s "$2" "$1"; }
docker_logs() { compose logs --no-log-prefix "$@"; }
# The edge's own connections may use TLS; its plaintext port does not.
docker_call() {
  compose run --rm --no-deps -T --quiet-pull -e BALANCER_TLS=off edge call --target "dns:///edge:50050" "$@"
}

# --- as processes

jar=$root/target/redirect-balancer.jar

# launch NAME COMMAND [VARIABLE=VALUE...]: in a session of its own, so that Ctrl-C in the terminal does not reach it.
launch() {
  local name=$1 command=$2
  shift 2
  ! running "$name" || return 0
  mkdir -p "$state"
  (cd "$root" && exec setsid env ADMIN_PORT="$(admin_port "$name")" "$@" \
    java @src/main/jvm/jvm.options -jar "$jar" "$command") >>"$state/$name.log" 2>&1 </dev/null &
  echo $! >"$state/$name.pid"
}

# process NAME: its id, if it runs. An id alone may have become another process's.
process() {
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) && ps -o command= -p "$pid" | grep -q "[r]edirect-balancer.jar" && echo "$pid"
}
running() { process "$1" >/dev/null; }

local_start_fleet() {
  [ -e "$jar" ] || die "no $jar: run mvn package first"
  local name hosts=''
  for name in "${servers[@]}"; do
    local_start "$name"
    hosts+=${hosts:+|}$(server_address "$name")
  done
  for name in "${servers[@]}"; do await_local "$name" "$(server_address "$name")"; done
  launch edge edge PORT="$edge_port" BALANCER_TARGET=static:///server STATIC_HOSTS="server=$hosts" \
    ORIGIN_DOMAINS="$origin_domains"
  await_local edge "$edge"
  write_prometheus_configuration
}

# What prometheus.yml of deploy/prometheus is for containers.
write_prometheus_configuration() {
  local name
  {
    cat <<END
global: {scrape_interval: 5s, scrape_timeout: 3s, evaluation_interval: 5s}
rule_files: ["$root/deploy/prometheus/alerts.yml"]
scrape_configs:
  - job_name: redirect-balancer
    static_configs:
END
    for name in edge "${servers[@]}"; do
      echo "      - {targets: [\"127.0.0.1:$(admin_port "$name")\"], labels: {service: $name}}"
    done
  } >"$state/prometheus.yml"
  say "prometheus --config.file=target/fleet/prometheus.yml --storage.tsdb.path=target/fleet/prometheus scrapes all of it"
}

# await_local NAME ADDRESS: until that process, and no other that has its port, serves there.
await_local() {
  local limit=$((SECONDS + 60))
  until grep -q '"message":"serving"' "$state/$1.log" && serving "$2"; do
    running "$1" || { tail -3 "$state/$1.log" >&2; die "$1 ended: see above, then deploy/fleet/down --local"; }
    [ $SECONDS -lt $limit ] || die "$1 does not serve on $2 within 60 s; $state/$1.log says more"
    sleep 0.1
  done
}

local_stop_fleet() {
  local name pid
  for name in edge "${servers[@]}"; do
    local_signal "$name" CONT 2>/dev/null || true # a frozen one could not end
    local_signal "$name" TERM 2>/dev/null || true
  done
  for name in edge "${servers[@]}"; do
    await_end "$name" || local_signal "$name" KILL
  done
  rm -rf "$state"
}

local_start() {
  local address
  address=$(server_address "$1")
  launch "$1" serve PORT="${address#*:}" CDN_HOST="${CDN_HOST:-cdn.example.com}" INSTANCE_NAME="$1" \
    ORIGIN_DOMAINS="$origin_domains" DRAIN_SECONDS=2
}

local_stop() {
  local_signal "$1" TERM
  await_end "$1" || die "$1 did not end"
}

local_signal() {
  local pid
  pid=$(process "$1") || { echo "$1 does not run" >&2; return 1; }
  kill -s "$2" "$pid"
}

# await_end NAME: whether it ended within the drain's 2 s, the 30 s for calls in flight and a little more.
await_end() {
  local limit=$((SECONDS + 40))
  while running "$1"; do
    [ $SECONDS -lt $limit ] || return 1
    sleep 0.1
  done
}

local_logs() {
  local name files=() follow=()
  for name in "$@"; do
    case $name in
      --follow) follow=(-F) ;;
      *) files+=("$state/$name.log") ;;
    esac
  done
  tail -q -n +1 "${follow[@]}" "${files[@]}"
}

local_call() { BALANCER_TLS=off java -jar "$jar" call --target "dns:///$edge" "$@"; }
