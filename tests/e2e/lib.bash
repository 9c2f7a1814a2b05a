# What the stories share: one world a file, made once, and words to tell them
# with.  CONTAINERD says which containerd stands behind pullgate.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CONTAINERD=${CONTAINERD:-1.6}
PULLGATE=${PULLGATE:-$TOP/build/pullgate}
CRICLIENT=${CRICLIENT:-$TOP/build/criclient}
GOCLIENT=$TOP/build/tools/goclient
# shellcheck source=tests/tools/parts.bash
. "$TOP/tests/tools/parts.bash"

# Make a world: $WORK is new, a registry, a misbehaving front to it and a
# containerd run, with PODS one that can run pods.  What later steps need to
# know is written to $WORK/env.
world() { # name
	WORK=$TOP/build/e2e/$1-$CONTAINERD
	rm -rf "$WORK"
	mkdir -p "$WORK"
	start_registry
	start_badregistry
	if [ -n "${PODS:-}" ]; then
		PAUSE=$REGISTRY/pause:1
		push_pause "$PAUSE" >/dev/null
	fi
	start_containerd "$CONTAINERD"
	make_key ours
	make_key theirs
	local name
	for name in WORK REGISTRY BAD OTHER RUNTIME CTR; do
		printf '%s=%q\n' "$name" "${!name}"
	done >"$WORK/env"
	export E2E_ENV=$WORK/env
}

start_badregistry() {
	"$TOP/build/tools/badregistry" -backend "$REGISTRY" \
		>"$WORK/badregistry.out" 2>"$WORK/badregistry.log" 3>&- &
	remember badregistry $!
	wait_for 10 grep -q : "$WORK/badregistry.out"
	read -r BAD OTHER <"$WORK/badregistry.out"
}

# At the head of every story: the world's names.
setup() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	LISTEN=$WORK/p.sock
}

# Pull through pullgate as the kubelet would.
pull() {
	run "$CRICLIENT" --socket "$LISTEN" "$@"
}

# The runtime has just what it had.
remember_store() {
	{ runtime_images; runtime_content; } >"$WORK/before"
}

store_unchanged() {
	{ runtime_images; runtime_content; } >"$WORK/after"
	diff "$WORK/before" "$WORK/after"
}

says() {
	if [[ $output != *"$1"* ]]; then
		printf 'wanted: %s\ngot:    %s\n' "$1" "$output"
		return 1
	fi
}

# "! command" fails a test only where it is the last line; this does anywhere.
never() {
	if "$@"; then
		echo "should not be: $*"
		return 1
	fi
}

# pullgate gives just the runtime's own answer.
same_as_runtime() { # arguments of criclient...
	local direct
	run "$CRICLIENT" --socket "$RUNTIME" "$@"
	direct=$output
	run "$CRICLIENT" --socket "$LISTEN" "$@"
	if [ "$output" != "$direct" ]; then
		printf 'runtime:  %.300s\npullgate: %.300s\n' "$direct" "$output"
		return 1
	fi
}

is_admitted() {
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	says "ok sha256:"
}

# Code 2 is UNKNOWN, with which alone the kubelet keeps the prefix.
is_refused() {
	[ "$status" -eq 1 ] || { echo "$output"; return 1; }
	says "error 2 SignatureValidationFailed: "
	says "$1"
}

is_unavailable() {
	[ "$status" -eq 1 ] || { echo "$output"; return 1; }
	says "error 2 RegistryUnavailable: "
	says "$1"
}

# The last decision about an image.
decision() { # image-without-tag field
	grep '"msg":"decision"' "$WORK/pullgate.log" | grep -F "\"image\":\"$1" |
		tail -n 1 | jq -r ".$2"
}

manifest_of() { # host/path reference
	curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
		-H 'Accept: application/vnd.oci.image.index.v1+json' \
		"http://${1%%/*}/v2/${1#*/}/manifests/$2"
}

sig_tag() { # digest
	echo "${1/:/-}.sig"
}
