#!/usr/bin/env bats
# containerd's image verifier plugin: the same binary under another name, in the
# bin_dir of a real containerd 2.1; with a daemon to ask, and without.

load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	export CONTAINERD=2.1
	VERIFIERS=$TOP/build/e2e/verifier-2.1.d
	rm -rf "$VERIFIERS"
	mkdir -p "$VERIFIERS"
	# containerd gives a verifier no arguments of ours: where the configuration
	# is, says a script in its place.
	world verifier
	cat >"$VERIFIERS/pullgate" <<-SH
	#!/bin/sh
	exec "$WORK/pullgate-image-verifier" -config "$WORK/config.yaml" "\$@"
	SH
	chmod +x "$VERIFIERS/pullgate"
	ln -s "$PULLGATE" "$WORK/pullgate-image-verifier"
	policy main ours "$REGISTRY/app/**"
	CONFIG="cache: {negativeTtl: 0s}" start_pullgate
	digest=$(push_image "$REGISTRY/app/good:1" good)
	sign 2.5 ours "$REGISTRY/app/good@$digest"
	push_image "$REGISTRY/app/bad:1" bad >/dev/null
	echo "GOOD=$digest" >>"$WORK/env"
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

direct() {
	run "$CRICLIENT" --socket "$RUNTIME" "$@"
}

forget() {
	"$CRICLIENT" --socket "$RUNTIME" remove "$REGISTRY/app/good:1" >/dev/null || true
	"$CRICLIENT" --socket "$RUNTIME" remove "$REGISTRY/app/good@$GOOD" >/dev/null || true
}

# What the last run of the verifier was told, by the daemon.
asked_daemon() {
	[ "$(decision "$REGISTRY/app/$1" gate)" = image-verifier ]
}

# By the verifier itself, as containerd calls it.
verifier() { # name digest [descriptor]
	export WORK
	run bash -c 'printf %s "$4" | "$1" -config "$WORK/config.yaml" -name "$2" -digest "$3" \
		-stdin-media-type application/vnd.oci.descriptor.v1+json' - \
		"$WORK/pullgate-image-verifier" "$1" "$2" \
		"${3:-{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"$2\",\"size\":1\}}"
}

@test "a pull by the CRI, past pullgate's socket: the daemon is asked" {
	direct pull "$REGISTRY/app/good:1"
	is_admitted
	asked_daemon good
	direct pull "$REGISTRY/app/bad:1"
	[ "$status" -eq 1 ]
	says "no signatures found"
	asked_daemon bad
	[ "$(decision "$REGISTRY/app/bad" verdict)" = refused ]
}

@test "a pull by ctr, through the transfer service" {
	forget
	run $CTR images pull --plain-http "$REGISTRY/app/good:1"
	[ "$status" -eq 0 ]
	run $CTR images pull --plain-http "$REGISTRY/app/bad:1"
	[ "$status" -ne 0 ]
	says "no signatures found"
}

@test "both gates at once: the relay's, and containerd's" {
	forget
	pull pull "$REGISTRY/app/good:1"
	is_admitted
	pull pull "$REGISTRY/app/bad:1"
	is_refused "no signatures found"
}

@test "the contract: exit code, reason on standard output, descriptor, digests" {
	verifier "$REGISTRY/app/good:1" "$GOOD"
	[ "$status" -eq 0 ]
	verifier "$REGISTRY/app/good:1" "${GOOD%?????}00000"
	[ "$status" -eq 1 ]
	verifier "$REGISTRY/app/good:1" nonsense
	[ "$status" -eq 1 ]
	says "no digest"
	verifier "$REGISTRY/app/good:1" "$GOOD" '{"digest":"sha256:00"}'
	[ "$status" -eq 1 ]
	says "another digest"
	verifier "$REGISTRY/app/good:1" "$GOOD" 'x'
	[ "$status" -eq 1 ]
	says "no descriptor"
	verifier "not a name" "$GOOD"
	[ "$status" -eq 1 ]
	says "SignatureValidationFailed: "
	run "$WORK/pullgate-image-verifier" -name x
	[ "$status" -eq 2 ]
}

@test "without a daemon it decides alone" {
	end pullgate
	forget
	direct pull "$REGISTRY/app/good:1"
	is_admitted
	direct pull "$REGISTRY/app/bad:1"
	[ "$status" -eq 1 ]
	says "no signatures found"
}

@test "a policy that does not load: nothing is pulled" {
	forget
	cp "$WORK/policies/main.yaml" "$WORK/main.yaml"
	echo "nonsense: [" >>"$WORK/policies/main.yaml"
	direct pull "$REGISTRY/app/good:1"
	[ "$status" -eq 1 ]
	says "the policies cannot be loaded"
	cp "$WORK/main.yaml" "$WORK/policies/main.yaml"
	direct pull "$REGISTRY/app/good:1"
	is_admitted
}

@test "a registry that hangs, and a daemon that does: an answer before containerd gives up" {
	end pullgate
	forget
	kill -STOP "$(cat "$WORK/pids/registry")"
	from=$SECONDS
	verifier "$REGISTRY/app/good:1" "$GOOD"
	kill -CONT "$(cat "$WORK/pids/registry")"
	[ "$status" -eq 1 ]
	says "RegistryUnavailable: "
	[ $((SECONDS - from)) -le 9 ]
	CONFIG="cache: {negativeTtl: 0s}" start_pullgate
	kill -STOP "$(cat "$WORK/pids/pullgate")"
	from=$SECONDS
	verifier "$REGISTRY/app/good:1" "$GOOD"
	kill -CONT "$(cat "$WORK/pids/pullgate")"
	[ "$status" -eq 1 ]
	says "did not answer in time"
	[ $((SECONDS - from)) -le 10 ]
}
