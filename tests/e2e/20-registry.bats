#!/usr/bin/env bats
# Registries that misbehave, and who may be told a password.

load lib.bash

setup_file() {
	load lib.bash
	world registry
	start_tls_registry
	echo "TLS_REGISTRY=$TLS_REGISTRY" >>"$WORK/env"
	EXTRA='  timeout: 3s' policy main ours "$REGISTRY/**" "$BAD/**" "$TLS_REGISTRY/**"
	configure 0s
	start_pullgate
}

# shellcheck disable=SC2034 # start_pullgate reads CONFIG
configure() { # negativeTtl
	CONFIG="
cache: {negativeTtl: $1}
logLevel: debug
audit: $WORK/audit.log
registries:
  \"$TLS_REGISTRY\": {caFile: $WORK/tls/ca.pem}"
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

peak_memory() { # KiB
	awk '/VmHWM/ { print $2 }' "/proc/$(cat "$WORK/pids/pullgate")/status"
}

# A signed image under the name that makes the registry misbehave.
signed_image() { # name
	digest=$(push_image "$REGISTRY/$1:1" "$1")
	sign 2.5 ours "$REGISTRY/$1@$digest"
}

@test "statuses are told apart, and none admits" {
	while read -r code words; do
		pull pull "$BAD/status-$code/app:1"
		is_unavailable "image \"$BAD/status-$code/app:1\": policy \"main\": registry $BAD: manifests/1: $words (HTTP $code)"
	done <<-TABLE
	401 unauthorized
	403 forbidden
	404 not found
	429 too many requests
	500 request failed
	503 request failed
	TABLE
}

@test "a registry that does not answer: refused within the timeout" {
	for kind in hang drip; do
		SECONDS=0
		pull pull "$BAD/$kind/app:1"
		is_unavailable "timeout of 3s exceeded"
		[ "$SECONDS" -le 5 ]
	done
}

@test "a registry that is not there: refused, with the reason" {
	EXTRA='' policy gone ours "127.0.0.1:1/**"
	end pullgate
	configure 0s
	start_pullgate
	pull pull "127.0.0.1:1/app:1"
	is_unavailable "registry 127.0.0.1:1: 127.0.0.1:1: connection refused"
}

@test "a manifest of 100 MiB: refused, memory bounded" {
	pull pull "$BAD/status-404/app:1"
	before=$(peak_memory)
	pull pull "$BAD/huge/app:1"
	is_refused "answer is larger than 4194304 bytes"
	after=$(peak_memory)
	echo "peak before $before KiB, after $after KiB"
	[ $((after - before)) -lt 32768 ]
}

@test "an answer that is cut off: refused" {
	signed_image cut/app
	pull pull "$BAD/cut/app:1"
	is_unavailable "answer was cut off"
}

@test "a digest that is a lie: refused" {
	signed_image lie/app
	remember_store
	pull pull "$BAD/lie/app:1"
	is_refused "digest mismatch"
	pull pull "$BAD/lie/app@$digest"
	is_refused "digest mismatch"
	store_unchanged
}

@test "redirects without end: refused" {
	pull pull "$BAD/loop/app:1"
	is_refused "more than 5 redirects"
}

@test "a redirect to another host is followed, and no credentials with it" {
	signed_image away/app
	pull --registry-token s3cret-token pull "$BAD/away/app:1"
	seen=$(curl -fsS "http://$BAD/_seen")
	jq -e 'length > 0' <<<"$seen"
	[[ $seen != *s3cret* ]]
	[[ $seen != *Bearer* ]]
}

@test "another host that a redirect led to may not ask for credentials" {
	signed_image steal/app
	pull --username puller --password s3cret pull "$BAD/steal/app:1"
	is_unavailable "unauthorized"
	seen=$(curl -fsS "http://$BAD/_seen")
	jq -e '[.[] | select(contains("/steal/"))] | length > 0' <<<"$seen"
	[[ $seen != *_stolen* ]]
	[[ $seen != *Basic* ]]
}

@test "a registry with a page where the Referrers API would be" {
	digest=$(push_image "$REGISTRY/page/app:1" page)
	sign 3.1 ours "$REGISTRY/page/app@$digest"
	pull pull "$BAD/page/app:1"
	is_admitted
}

@test "a proxy in the environment is not asked for loopback" {
	end pullgate
	configure 0s
	http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 start_pullgate
	signed_image app/proxy
	pull pull "$REGISTRY/app/proxy:1"
	[ "$(decision "$REGISTRY/app/proxy" verdict)" = allowed ]
	end pullgate
	start_pullgate
}

@test "pull secret: Bearer token flow" {
	signed_image token/app
	pull --username puller --password s3cret pull "$BAD/token/app:1"
	is_admitted
	pull pull "$BAD/token/app:1"
	is_unavailable "unauthorized"
	pull --username puller --password wrong pull "$BAD/token/app:1"
	is_unavailable "unauthorized"
	auth=$(printf puller:s3cret | base64)
	pull --auth "$auth" pull "$BAD/token/app:1"
	is_admitted
}

@test "an identity token is exchanged, a registry token used as it is" {
	signed_image token/other
	run "$CRICLIENT" --socket "$LISTEN" --registry-token a-token-of-the-test pull "$BAD/token/other:1"
	# containerd itself has no use for it: the verdict is what counts here.
	[ "$(decision "$BAD/token/other" verdict)" = allowed ]
	run "$CRICLIENT" --socket "$LISTEN" --identity-token s3cret pull "$BAD/token/other:1"
	[ "$(decision "$BAD/token/other" verdict)" = allowed ]
	run "$CRICLIENT" --socket "$LISTEN" --identity-token wrong pull "$BAD/token/other:1"
	is_unavailable "unauthorized"
}

@test "pull secret: Basic" {
	signed_image basic/app
	pull --username puller --password s3cret pull "$BAD/basic/app:1"
	is_admitted
	pull --username puller --password wrong pull "$BAD/basic/app:1"
	is_unavailable "unauthorized (HTTP 401)"
}

@test "credentials for another host are not sent" {
	pull --username puller --password s3cret --server-address "registry.example.com" \
		pull "$BAD/basic/app:1"
	is_unavailable "unauthorized"
	pull --username puller --password s3cret --server-address "http://$BAD/v2/" \
		pull "$BAD/basic/app:1"
	[ "$(decision "$BAD/basic/app" verdict)" = allowed ]
}

@test "a private registry behind TLS" {
	digest=$(SCHEME=https CURL_OPTS="-k -u puller:s3cret" push_image "$TLS_REGISTRY/app:1" tls)
	sign 2.5 ours "$TLS_REGISTRY/app@$digest" --registry-username puller \
		--registry-password s3cret --allow-insecure-registry
	pull --username puller --password s3cret pull "$TLS_REGISTRY/app:1"
	is_admitted
	pull --username puller --password wrong pull "$TLS_REGISTRY/app:1"
	is_unavailable "unauthorized (HTTP 401)"
	pull pull "$TLS_REGISTRY/app:1"
	is_unavailable "unauthorized (HTTP 401)"
}

@test "TLS that is not trusted: refused" {
	end pullgate
	CONFIG="
registries:
  \"$TLS_REGISTRY\": {caFile: $WORK/keys/ours.pub}" start_pullgate
	pull --username puller --password s3cret pull "$TLS_REGISTRY/app:1"
	is_unavailable "registry $TLS_REGISTRY: "
	end pullgate
	configure 0s
	start_pullgate
}

@test "one call a credential, one text for all: byte for byte" {
	end pullgate
	configure 10s
	start_pullgate
	push_image "$REGISTRY/token/unsigned:1" "unsigned and private"
	pull --username puller --password s3cret pull "$BAD/token/unsigned:1"
	is_refused "no signatures found"
	first=$output
	pull --username puller --password wrong pull "$BAD/token/unsigned:1"
	[ "$output" = "$first" ]
	pull pull "$BAD/token/unsigned:1"
	[ "$output" = "$first" ]
	[ "$(decision "$BAD/token/unsigned" cache)" = hit ]
}

@test "a client that goes away: the question is dropped, the runtime never asked" {
	pull --timeout-ms 300 pull "$BAD/hang/gone:1"
	says "error 4 "
	wait_for 5 grep -q "hang/gone.*canceled" "$WORK/pullgate.log"
	[ "$(decision "$BAD/hang/gone" verdict)" = canceled ]
}

@test "told to end, pullgate waits for drainTimeout and no longer" {
	"$CRICLIENT" --socket "$LISTEN" pull "$BAD/hang/drain:1" >"$WORK/drain.out" 3>&- &
	client=$!
	"$GOCLIENT" -socket "$LISTEN" events >/dev/null 3>&- &
	wait_for 5 sh -c "curl -fsS http://$BAD/_counts | grep -q hang/drain"
	SECONDS=0
	end pullgate
	[ "$SECONDS" -le 10 ]
	# It was not the policy's timeout that ended it, but the drain's.
	[ "$(decision "$BAD/hang/drain" cause)" = canceled ]
	[ "$(decision "$BAD/hang/drain" ms)" -le 2500 ]
	run wait "$client"
	never grep -q '^ok' "$WORK/drain.out"
	configure 0s
	start_pullgate
}

@test "the runtime goes away and comes back" {
	end "containerd-$CONTAINERD" KILL
	pull version
	says "error 14 "
	start_containerd "$CONTAINERD"
	LISTEN=$WORK/p.sock
	wait_for 3 "$CRICLIENT" --socket "$LISTEN" version
	signed_image app/after
	pull pull "$REGISTRY/app/after:1"
	is_admitted
}

@test "no secret in the log, nor in the audit file" {
	[ -s "$WORK/audit.log" ]
	auth=$(printf puller:s3cret | base64)
	for secret in s3cret a-token-of-the-test "$auth" wrong; do
		never grep -F "$secret" "$WORK/pullgate.log" "$WORK/audit.log"
	done
	jq -es 'length > 10 and all(has("time") and has("verdict"))' "$WORK/audit.log"
}

@test "pullgate ends when it is told to, and leaves nothing behind" {
	pid=$(cat "$WORK/pids/pullgate")
	end pullgate
	never kill -0 "$pid"
	[ ! -e "$LISTEN" ]
	# The sanitizers' last words, if it was built with them.
	never grep -E 'Sanitizer|runtime error' "$WORK/pullgate.log"
}
