#!/usr/bin/env bats
# Metrics and health as Prometheus and a probe see them.

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export TOP
	export DIR=$TOP/build/e2e/monitor TOOL=$TOP/build/tools
	rm -rf "$DIR"
	mkdir -p "$DIR"
	cat >"$DIR/policy.yaml" <<-'YAML'
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: no-latest}
	spec:
	  images: ["r.example.com/**"]
	  reference: {denyTags: [latest]}
	YAML
	cat >"$DIR/config.yaml" <<-YAML
	listen: unix://$DIR/cri.sock
	runtime: unix://$DIR/runtime.sock
	policies: [$DIR/policy.yaml]
	unmatched: allow
	metrics: unix://$DIR/metrics.sock
	YAML
	start_runtime
	"$PULLGATE" serve --config "$DIR/config.yaml" 2>"$DIR/log" 3>&- &
	echo $! >"$DIR/pid"
	until_code 200 readyz
}

teardown_file() {
	kill "$(cat "$DIR/pid")" "$(cat "$DIR/runtime.pid")" 2>/dev/null || true
}

start_runtime() {
	rm -f "$DIR/runtime.sock"
	"$TOOL/relaypeers" -backend "$DIR/runtime.sock" 3>&- &
	echo $! >"$DIR/runtime.pid"
}

get() { # path [curl option...]
	local path=$1
	shift
	curl -sS --max-time 5 --unix-socket "$DIR/metrics.sock" "$@" "http://localhost/$path"
}

code() { # path [curl option...]
	get "$1" -o /dev/null -w '%{http_code}' "${@:2}"
}

until_code() { # code path
	for _ in $(seq 100); do
		[ "$(code "$2" 2>/dev/null)" = "$1" ] && return
		sleep 0.1
	done
	tail -n 20 "$DIR/log" >&2
	return 1
}

metric() { # line without its value
	get metrics | awk -v want="$1" 'index($0, want " ") == 1 { print $NF }'
}

@test "the process is well, and ready" {
	[ "$(get healthz)" = ok ]
	[ "$(get readyz)" = ok ]
	[ "$(get 'readyz?verbose')" = "[+]relay ok
[+]runtime ok
[+]policies ok
ok" ]
}

@test "promtool finds nothing to complain of, before any call" {
	run bash -c "$(declare -f get); get metrics | $TOOL/bin/promtool check metrics"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "calls are counted by method and code" {
	for _ in 1 2 3; do
		"$TOOL/goclient" -socket "$DIR/cri.sock" version || true
	done
	"$CRICLIENT" --socket "$DIR/cri.sock" pull r.example.com/app:1
	"$CRICLIENT" --socket "$DIR/cri.sock" pull r.example.com/app:latest || true
	"$CRICLIENT" --socket "$DIR/cri.sock" pull other.example.com/app:1
	get metrics | grep grpc_calls
	[ "$(metric 'pullgate_grpc_calls_total{grpc_service="runtime.v1.ImageService",grpc_method="PullImage",grpc_code="OK"}')" = 2 ]
	[ "$(metric 'pullgate_grpc_calls_total{grpc_service="runtime.v1.ImageService",grpc_method="PullImage",grpc_code="Unknown"}')" = 1 ]
	# Nobody implements Version here: a name that any client can make up.
	[ "$(metric 'pullgate_grpc_calls_total{grpc_service="other",grpc_method="other",grpc_code="Unimplemented"}')" -ge 3 ]
	[ "$(metric 'pullgate_grpc_call_duration_seconds_count{grpc_service="runtime.v1.ImageService",grpc_method="PullImage"}')" = 3 ]
	[ "$(metric 'pullgate_relay_duration_seconds_count')" -ge 3 ]
	[ "$(metric 'pullgate_grpc_calls_in_flight')" = 0 ]
	[ "$(metric 'pullgate_runtime_up')" = 1 ]
}

@test "decisions are counted by policy and verdict" {
	get metrics | grep decisions
	[ "$(metric 'pullgate_decisions_total{policy="no-latest",verdict="allowed",gate="pull"}')" = 1 ]
	[ "$(metric 'pullgate_decisions_total{policy="no-latest",verdict="refused",gate="pull"}')" = 1 ]
	[ "$(metric 'pullgate_decisions_total{policy="",verdict="allowed",gate="pull"}')" = 1 ]
}

@test "streams are counted while they are open" {
	"$TOOL/relaypeers" -follow "$DIR/cri.sock" >"$DIR/follow.out" 3>&- &
	local follower=$!
	for _ in $(seq 100); do
		[ "$(metric pullgate_grpc_streams_in_flight)" = 5 ] && break
		sleep 0.05
	done
	[ "$(metric pullgate_grpc_streams_in_flight)" = 5 ]
	[ "$(metric pullgate_grpc_calls_in_flight)" = 5 ]
	[ "$(metric pullgate_grpc_connections)" = 1 ]
	kill "$follower"
	for _ in $(seq 100); do
		[ "$(metric pullgate_grpc_streams_in_flight)" = 0 ] && break
		sleep 0.05
	done
	[ "$(metric pullgate_grpc_streams_in_flight)" = 0 ]
	[ "$(metric pullgate_grpc_connections)" = 0 ]
}

@test "requests to registries are counted by host and status" {
	sed 's/no-latest/signed/; s/denyTags.*/requireDigest: false}\n  attestors:\n    - entries:\n        - keys: {file: key.pub}\n          rekor: {ignoreTlog: true}/; s/r.example.com/127.0.0.1:1/' \
		"$DIR/policy.yaml" >"$DIR/signed.yaml"
	openssl ecparam -name prime256v1 -genkey -noout |
		openssl ec -pubout -out "$DIR/key.pub" 2>/dev/null
	cp "$DIR/policy.yaml" "$DIR/before.yaml"
	printf -- '---\n' | cat "$DIR/before.yaml" - "$DIR/signed.yaml" >"$DIR/policy.yaml"
	kill -HUP "$(cat "$DIR/pid")"
	for _ in $(seq 100); do
		[ "$(metric pullgate_policies)" = 2 ] && break
		sleep 0.05
	done
	[ "$(metric 'pullgate_policy_reloads_total{result="success"}')" = 1 ]
	[ "$(metric pullgate_policy_last_reload_successful)" = 1 ]
	"$CRICLIENT" --socket "$DIR/cri.sock" pull 127.0.0.1:1/app:1 || true
	get metrics | grep registry
	[ "$(metric 'pullgate_registry_requests_total{host="127.0.0.1:1",status="registry-unavailable"}')" -ge 1 ]
	[ "$(metric 'pullgate_decisions_total{policy="signed",verdict="refused",gate="pull"}')" = 1 ]
	[ "$(metric 'pullgate_cache_misses_total')" = 1 ]
	[ "$(metric 'pullgate_verification_duration_seconds_count')" = 1 ]
}

@test "promtool finds nothing to complain of, after calls of all kinds" {
	run bash -c "$(declare -f get); get metrics | $TOOL/bin/promtool check metrics"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "policies that do not load: not ready, and still well" {
	cp "$DIR/policy.yaml" "$DIR/good.yaml"
	echo 'kind: Nonsense' >"$DIR/policy.yaml"
	kill -HUP "$(cat "$DIR/pid")"
	until_code 503 readyz
	[ "$(get readyz)" = "[-]policies failed: the last reload failed: the ones before stay in force" ]
	[ "$(code healthz)" = 200 ]
	[ "$(metric 'pullgate_policy_reloads_total{result="failure"}')" = 1 ]
	[ "$(metric pullgate_policy_last_reload_successful)" = 0 ]
	cp "$DIR/good.yaml" "$DIR/policy.yaml"
	kill -HUP "$(cat "$DIR/pid")"
	until_code 200 readyz
}

@test "a runtime that is away: not ready, and still well" {
	kill -KILL "$(cat "$DIR/runtime.pid")"
	until_code 503 readyz
	[ "$(get readyz)" = "[-]runtime failed: Connection refused" ]
	[ "$(code healthz)" = 200 ]
	[ "$(metric pullgate_runtime_up)" = 0 ]
	start_runtime
	until_code 200 readyz
}

@test "nothing else is answered" {
	[ "$(code nothing)" = 404 ]
	[ "$(code metrics -X POST -d x)" = 405 ]
	get metrics -X DELETE -D - -o /dev/null | grep -i '^allow: GET, HEAD'
	[ "$(code metrics -I)" = 200 ]
	get metrics -D - -o /dev/null | grep -i '^content-type: text/plain; version=0.0.4'
	[ "$(code "$(printf 'a%.0s' $(seq 30000))")" -ge 400 ]
	[ "$(get healthz)" = ok ]
}

@test "silent clients of the endpoint do not keep others out for long" {
	perl -MIO::Socket::UNIX -e '
		my @s = map { IO::Socket::UNIX->new(Peer => $ARGV[0]) } 1 .. 40;
		print { $_ } "GET /metrics HTT" for grep { defined } @s;
		sleep 14;' "$DIR/metrics.sock" 3>&- &
	local silent=$!
	sleep 12.5
	[ "$(get healthz)" = ok ]
	kill "$silent"
}

@test "on loopback, and no longer when it ends" {
	local port
	port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		Listen => 1, LocalAddr => "127.0.0.1")->sockport')
	sed "s|cri.sock|other.sock|; s|metrics: .*|metrics: 127.0.0.1:$port|" "$DIR/config.yaml" >"$DIR/tcp.yaml"
	"$PULLGATE" serve --config "$DIR/tcp.yaml" 2>"$DIR/tcp.log" 3>&- &
	local pid=$!
	for _ in $(seq 100); do
		curl -sf "http://127.0.0.1:$port/healthz" && break
		sleep 0.05
	done
	[ "$(curl -s "http://127.0.0.1:$port/healthz")" = ok ]
	kill "$pid"
	wait "$pid"
	run curl -s "http://127.0.0.1:$port/healthz"
	[ "$status" -ne 0 ]
	kill "$(cat "$DIR/pid")"
	wait "$(cat "$DIR/pid")" 2>/dev/null || true
	for _ in $(seq 100); do
		[ ! -e "$DIR/metrics.sock" ] && break
		sleep 0.05
	done
	[ ! -e "$DIR/metrics.sock" ]
	run grep -c Sanitizer "$DIR/log" "$DIR/tcp.log"
	[ "$status" -eq 1 ]
}
