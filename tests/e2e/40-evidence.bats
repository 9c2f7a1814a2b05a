#!/usr/bin/env bats
# Evidence that is kept: what was fetched answers later questions, and never
# stands in the way of a policy or a signature that is new.

load lib.bash

setup_file() {
	load lib.bash
	world evidence
	policy main ours "$REGISTRY/app/**"
	EXTRA='  namespaces: [prod]' policy prod ours "$REGISTRY/app/**"
	CONFIG="cache: {negativeTtl: 0s, dir: $WORK/cache, ttl: 1h, offline: 24h}" start_pullgate
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

# How the last decision about an image came about.
came_from() { # image words
	[ "$(decision "$1" cache)" = "$2" ] || {
		echo "cache: $(decision "$1" cache)"
		return 1
	}
}

restart_pullgate() {
	end pullgate
	CONFIG="cache: {negativeTtl: 0s, dir: $WORK/cache, ttl: 1h, offline: 24h}" start_pullgate
}

@test "the second pull asks for no signatures; nor does another policy's" {
	digest=$(push_image "$REGISTRY/app/one:1" one)
	sign 2.5 ours "$REGISTRY/app/one@$digest"
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	came_from "$REGISTRY/app/one" miss
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	came_from "$REGISTRY/app/one" evidence
	pull --namespace prod pull "$REGISTRY/app/one@$digest"
	is_admitted
	came_from "$REGISTRY/app/one" evidence
	[ "$(find "$WORK/cache" -type f ! -name tags | wc -l)" -eq 1 ]
	[ "$(stat -c %a "$WORK/cache")" = 700 ]
	[ "$(stat -c %a "$WORK/cache"/* | sort -u)" = 600 ]
}

@test "a restart keeps it; a damaged file is fetched anew" {
	restart_pullgate
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	came_from "$REGISTRY/app/one" evidence
	for file in "$WORK"/cache/*; do
		echo x >>"$file"
	done
	restart_pullgate
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	came_from "$REGISTRY/app/one" miss
	restart_pullgate
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	came_from "$REGISTRY/app/one" evidence
}

@test "a tag that moves to an unsigned image is refused, evidence or not" {
	digest=$(push_image "$REGISTRY/app/moves:1" before)
	sign 2.5 ours "$REGISTRY/app/moves@$digest"
	pull pull "$REGISTRY/app/moves:1"
	is_admitted
	push_image "$REGISTRY/app/moves:1" after >/dev/null
	pull pull "$REGISTRY/app/moves:1"
	is_refused "no signatures found"
}

@test "what is signed after a refusal is admitted at once" {
	digest=$(push_image "$REGISTRY/app/later:1" later)
	pull pull "$REGISTRY/app/later:1"
	is_refused "no signatures found"
	sign 2.5 ours "$REGISTRY/app/later@$digest"
	pull pull "$REGISTRY/app/later:1"
	is_admitted
}

@test "a key that is taken out of the policy counts no more" {
	digest=$(push_image "$REGISTRY/app/revoked:1" revoked)
	sign 2.5 ours "$REGISTRY/app/revoked@$digest"
	pull pull "$REGISTRY/app/revoked:1"
	is_admitted
	policy main theirs "$REGISTRY/app/**"
	EXTRA='  namespaces: [prod]' policy prod theirs "$REGISTRY/app/**"
	kill -HUP "$(cat "$WORK/pids/pullgate")"
	revoked() {
		pull pull "$REGISTRY/app/revoked:1"
		[ "$status" -eq 1 ]
	}
	wait_for 10 revoked
	pull pull "$REGISTRY/app/revoked@$digest"
	is_refused "none verifies with the policy's keys"
	policy main ours "$REGISTRY/app/**"
	EXTRA='  namespaces: [prod]' policy prod ours "$REGISTRY/app/**"
	kill -HUP "$(cat "$WORK/pids/pullgate")"
	wait_for 10 "$CRICLIENT" --socket "$LISTEN" pull "$REGISTRY/app/revoked:1"
}

@test "a registry that is away: a digest is still decided, a tag is not" {
	digest=$(push_image "$REGISTRY/app/outage:1" outage)
	sign 2.5 ours "$REGISTRY/app/outage@$digest"
	pull pull "$REGISTRY/app/outage:1"
	is_admitted
	end registry
	pull pull "$REGISTRY/app/outage@$digest"
	[ "$(decision "$REGISTRY/app/outage" verdict)" = allowed ]
	came_from "$REGISTRY/app/outage" evidence
	pull pull "$REGISTRY/app/outage:1"
	is_unavailable "registry"
}
