#!/usr/bin/env bats
# Policies that change while pullgate runs: taken by themselves, whole or not at
# all, however their files are replaced.

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	DIR=$TOP/build/e2e/reload
	rm -rf "$DIR"
	mkdir -p "$DIR/policies"
	policy one >"$DIR/policies/one.yaml"
}

teardown() {
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
}

# Refuses the tag of its own name.
policy() { # name
	cat <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: $1}
	spec:
	  images: ["r.example.com/**"]
	  reference: {denyTags: [$1]}
	YAML
}

start() { # policies
	cat >"$DIR/config.yaml" <<-YAML
	listen: unix://$DIR/cri.sock
	runtime: unix://$DIR/runtime.sock
	policies: [$1]
	unmatched: allow
	metrics: unix://$DIR/metrics.sock
	YAML
	"$PULLGATE" serve --config "$DIR/config.yaml" 2>"$DIR/log" 3>&- &
	pid=$!
	until_refused one
	sleep 0.3
}

is_refused() { # tag
	"$CRICLIENT" --socket "$DIR/cri.sock" pull "r.example.com/app:$1" 2>&1 |
		grep -q SignatureValidationFailed
}

until_refused() { # tag
	for _ in $(seq 100); do
		is_refused "$1" && return
		sleep 0.1
	done
	tail -n 20 "$DIR/log" >&2
	return 1
}

until_not_refused() { # tag
	for _ in $(seq 100); do
		is_refused "$1" || return 0
		sleep 0.1
	done
	tail -n 20 "$DIR/log" >&2
	return 1
}

get() { # path
	curl -s --unix-socket "$DIR/metrics.sock" "http://localhost/$1"
}

reloads() { # result
	get metrics | sed -n "s/^pullgate_policy_reloads_total{result=\"$1\"} //p"
}

@test "a file that is written in place" {
	start "$DIR/policies"
	policy two >"$DIR/policies/one.yaml"
	until_refused two
	until_not_refused one
}

@test "a file that is renamed over another" {
	start "$DIR/policies/one.yaml"
	policy two >"$DIR/new.yaml"
	mv "$DIR/new.yaml" "$DIR/policies/one.yaml"
	until_refused two
	until_not_refused one
}

@test "files that come and go, in directories that are new" {
	start "$DIR/policies"
	mkdir -p "$DIR/policies/more/deep"
	policy two >"$DIR/policies/more/deep/two.yaml"
	until_refused two
	is_refused one
	rm -r "$DIR/policies/more"
	until_not_refused two
	is_refused one
}

@test "a directory that is replaced as a whole" {
	start "$DIR/policies"
	mkdir "$DIR/next"
	policy two >"$DIR/next/two.yaml"
	mv "$DIR/policies" "$DIR/old"
	mv "$DIR/next" "$DIR/policies"
	until_refused two
	until_not_refused one
}

@test "a ConfigMap's symbolic links" {
	local map=$DIR/map
	mkdir -p "$map/..2026_1"
	policy one >"$map/..2026_1/policy.yaml"
	ln -s ..2026_1 "$map/..data"
	ln -s ..data/policy.yaml "$map/policy.yaml"
	start "$map"
	for n in two three four; do
		mkdir "$map/..2026_$n"
		policy "$n" >"$map/..2026_$n/policy.yaml"
		ln -s "..2026_$n" "$map/..data_tmp"
		mv -T "$map/..data_tmp" "$map/..data"
		until_refused "$n"
	done
	until_not_refused three
}

@test "a file of a ConfigMap, named alone" {
	local map=$DIR/map
	mkdir -p "$map/..2026_1" "$map/..2026_2"
	policy one >"$map/..2026_1/policy.yaml"
	policy two >"$map/..2026_2/policy.yaml"
	ln -s ..2026_1 "$map/..data"
	ln -s ..data/policy.yaml "$map/policy.yaml"
	start "$map/policy.yaml"
	ln -s ..2026_2 "$map/..data_tmp"
	mv -T "$map/..data_tmp" "$map/..data"
	until_refused two
}

@test "a key that is replaced" {
	openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out "$DIR/key.pub" 2>/dev/null
	policy one | cat - <(printf '  attestors:\n    - entries:\n        - keys: {file: %s}\n          rekor: {ignoreTlog: true}\n' "$DIR/key.pub") \
		>"$DIR/policies/one.yaml"
	start "$DIR/policies"
	local before
	before=$(reloads success)
	openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out "$DIR/key.pub" 2>/dev/null
	for _ in $(seq 50); do
		[ "$(reloads success)" -gt "$before" ] && break
		sleep 0.1
	done
	[ "$(reloads success)" -gt "$before" ]
	echo nonsense >"$DIR/key.pub"
	for _ in $(seq 50); do
		[ "$(reloads failure)" -gt 0 ] && break
		sleep 0.1
	done
	[ "$(reloads failure)" -gt 0 ]
	is_refused one
}

@test "a set with a mistake is not taken, and says so; mended, it is" {
	start "$DIR/policies"
	policy two >"$DIR/policies/two.yaml"
	echo 'kind: Nonsense' >"$DIR/policies/three.yaml"
	for _ in $(seq 50); do
		[ "$(reloads failure)" = 1 ] && break
		sleep 0.1
	done
	[ "$(reloads failure)" = 1 ]
	is_refused one
	grep -q 'three.yaml:1' "$DIR/log"
	grep -q 'policies not reloaded: the ones before stay in force' "$DIR/log"
	get readyz | grep -q 'policies failed'
	policy three >"$DIR/policies/three.yaml"
	until_refused three
	is_refused two
	sleep 0.5
	get readyz | grep -vq 'policies failed'
}

@test "a burst of changes is few reloads, and nothing that changes is none" {
	start "$DIR/policies"
	local before
	before=$(reloads success)
	for n in $(seq 200); do
		policy "p$n" >"$DIR/policies/p$n.yaml"
	done
	until_refused p200
	sleep 1
	[ $(($(reloads success) - before)) -le 5 ]
	before=$(reloads success)
	touch "$DIR/unrelated"
	cat "$DIR/policies"/*.yaml >/dev/null
	sleep 1
	[ "$(reloads success)" = "$before" ]
}
