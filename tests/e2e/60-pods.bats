#!/usr/bin/env bats
# Whole pods, as the kubelet makes them, with both services behind pullgate; and
# every image that is on the node already, however it came there.

load lib.bash

setup_file() {
	load lib.bash
	PODS=1 world pods
	policies
	CONFIG=$(config) start_pullgate
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

# What holds where a story says nothing else.
policies() {
	rm -rf "$WORK/policies"
	policy main ours "$REGISTRY/app/**" "docker.io/**"
	EXTRA='  namespaces: [prod]' policy prod theirs "$REGISTRY/team/**"
	EXTRA='  namespaces: [dev]
  action: audit' policy dev theirs "$REGISTRY/team/**"
}

config() {
	printf '%s\n' "cache: {negativeTtl: 0s, dir: $WORK/cache}" "metrics: unix://$WORK/m.sock" "$@"
}

reload() {
	local before
	before=$(grep -c "policies reloaded" "$WORK/pullgate.log" || true)
	kill -HUP "$(cat "$WORK/pids/pullgate")"
	reloaded() {
		[ "$(grep -c "policies reloaded" "$WORK/pullgate.log")" -gt "$before" ]
	}
	wait_for 10 reloaded
}

restart_pullgate() { # config lines...
	end pullgate
	CONFIG=$(config "$@") start_pullgate
}

# The kubelet's whole way.
kubelet() { # namespace image options...
	local namespace=$1 image=$2
	shift 2
	run "$CRICLIENT" --socket "$LISTEN" --namespace "$namespace" --pod "p$RANDOM" "$@" \
		kubelet-run "$image"
}

runs() {
	[ "$status" -eq 0 ] || {
		echo "$output"
		return 1
	}
	says "ok "
	says "started "
}

# Past pullgate, by the runtime's own socket.
behind() {
	run "$CRICLIENT" --socket "$RUNTIME" "$@"
	[ "$status" -eq 0 ] || {
		echo "$output"
		return 1
	}
}

# By hand, past every gate.  ctr sends the file in a stream that now and then ends
# early on a busy machine ("short read"); who imports by hand does it again.
import_image() { # file
	wait_for 20 $CTR images import "$1"
}

is_stopped_at_create() { # words
	[ "$status" -eq 1 ] || {
		echo "$output"
		return 1
	}
	says "error 2 SignatureValidationFailed: "
	says "$1"
	never says "started "
}

@test "a signed image: pulled, created, started" {
	digest=$(push_busybox "$REGISTRY/app/good:1" good)
	sign 2.5 ours "$REGISTRY/app/good@$digest"
	kubelet default "$REGISTRY/app/good:1"
	runs
	says "pulled "
	[ "$(decision "$REGISTRY/app/good" gate)" = create ]
	[ "$(decision "$REGISTRY/app/good" cache)" = evidence ]
	[ "$(decision "$REGISTRY/app/good" namespace)" = default ]
	# And once more, without a pull.
	kubelet default "$REGISTRY/app/good:1"
	runs
	says "present "
}

@test "an unsigned image: refused at the pull, nothing is created" {
	push_busybox "$REGISTRY/app/bad:1" bad >/dev/null
	remember_store
	kubelet default "$REGISTRY/app/bad:1"
	[ "$status" -eq 1 ]
	says "error 2 SignatureValidationFailed: "
	says "no signatures found"
	store_unchanged
	never says "created "
}

@test "pulled in dev, then started in prod: refused there" {
	push_busybox "$REGISTRY/team/web:1" web >/dev/null
	kubelet dev "$REGISTRY/team/web:1"
	runs
	kubelet prod "$REGISTRY/team/web:1"
	says "present "
	is_stopped_at_create "no signatures found"
	[ "$(decision "$REGISTRY/team/web" namespace)" = prod ]
}

@test "an image left from before the policy" {
	push_busybox "$REGISTRY/app/old:1" old >/dev/null
	behind pull "$REGISTRY/app/old:1"
	kubelet default "$REGISTRY/app/old:1"
	says "present "
	is_stopped_at_create "no signatures found"
	kubelet default "$REGISTRY/app/old:1" --pull-policy Never
	is_stopped_at_create "no signatures found"
}

@test "an image left from before, and signed: started, and verified once" {
	digest=$(push_busybox "$REGISTRY/app/before:1" before)
	sign 3.1 ours "$REGISTRY/app/before@$digest"
	behind pull "$REGISTRY/app/before:1"
	kubelet default "$REGISTRY/app/before:1"
	runs
	[ "$(decision "$REGISTRY/app/before" cache)" = miss ]
	kubelet default "$REGISTRY/app/before:1"
	runs
	[ "$(decision "$REGISTRY/app/before" cache)" = evidence ]
}

@test "an imported image: refused, unless its digest is allowed" {
	push_busybox "$REGISTRY/app/imported:1" imported >/dev/null
	behind pull "$REGISTRY/app/imported:1"
	$CTR images export "$WORK/imported.tar" "$REGISTRY/app/imported:1" >/dev/null
	behind remove "$REGISTRY/app/imported:1"
	import_image "$WORK/imported.tar"
	shown() {
		"$CRICLIENT" --socket "$RUNTIME" status "$REGISTRY/app/imported:1" | grep -q sha256:
	}
	wait_for 10 shown
	kubelet default "$REGISTRY/app/imported:1" --pull-policy Never
	is_stopped_at_create "no repository digest"
	[ "$(decision "$REGISTRY/app/imported" cause)" = no-repository-digest ]
	id=$("$CRICLIENT" --socket "$RUNTIME" inspect "$REGISTRY/app/imported:1" | grep -o 'sha256:[0-9a-f]*' | head -n 1)
	EXTRA="  digests: {allow: [\"$id\"]}" policy main ours "$REGISTRY/app/**" "docker.io/**"
	reload
	kubelet default "$REGISTRY/app/imported:1" --pull-policy Never
	runs
	policies
	reload
}

@test "an archive that names itself by the digest of a signed image" {
	digest=$(push_busybox "$REGISTRY/app/genuine:1" genuine)
	sign 2.5 ours "$REGISTRY/app/genuine@$digest"
	push_busybox "$REGISTRY/elsewhere/liar:1" liar >/dev/null
	behind pull "$REGISTRY/elsewhere/liar:1"
	$CTR images export "$WORK/liar.tar" "$REGISTRY/elsewhere/liar:1" >/dev/null
	behind remove "$REGISTRY/elsewhere/liar:1"
	rm -rf "$WORK/liar"
	mkdir "$WORK/liar"
	tar -C "$WORK/liar" -xf "$WORK/liar.tar"
	rm -f "$WORK/liar/manifest.json"
	jq --arg n "$REGISTRY/app/genuine@$digest" '.manifests[].annotations = {"io.containerd.image.name": $n}' \
		"$WORK/liar/index.json" >"$WORK/liar.json"
	mv "$WORK/liar.json" "$WORK/liar/index.json"
	tar -C "$WORK/liar" -cf "$WORK/liar.tar" .
	import_image "$WORK/liar.tar"
	lies() {
		"$CRICLIENT" --socket "$RUNTIME" inspect "$REGISTRY/app/genuine@$digest" | grep -q "genuine@$digest"
	}
	wait_for 10 lies
	kubelet default "$REGISTRY/app/genuine@$digest" --pull-policy Never
	is_stopped_at_create "nothing shows that what the node has is of this digest"
	behind remove "$REGISTRY/app/genuine@$digest"
}

@test "a pod that names a present image by its id" {
	push_busybox "$REGISTRY/app/byid:1" byid >/dev/null
	behind pull "$REGISTRY/app/byid:1"
	id=$("$CRICLIENT" --socket "$RUNTIME" inspect "$REGISTRY/app/byid:1" | grep -o 'sha256:[0-9a-f]*' | head -n 1)
	for name in "$id" "${id#sha256:}" "$(cut -c8-20 <<<"$id")"; do
		kubelet default "$name" --pull-policy Never
		is_stopped_at_create "no signatures found"
	done
	id=$("$CRICLIENT" --socket "$RUNTIME" inspect "$REGISTRY/app/good:1" | grep -o 'sha256:[0-9a-f]*' | head -n 1)
	kubelet default "$id" --pull-policy Never
	runs
}

@test "a tag that is moved on the node by hand" {
	digest=$(push_busybox "$REGISTRY/app/moved:1" moved)
	sign 2.5 ours "$REGISTRY/app/moved@$digest"
	kubelet default "$REGISTRY/app/moved:1"
	runs
	push_busybox "$REGISTRY/elsewhere/evil:1" evil >/dev/null
	behind pull "$REGISTRY/elsewhere/evil:1"
	$CTR images tag --force "$REGISTRY/elsewhere/evil:1" "$REGISTRY/app/moved:1" >/dev/null
	moved() {
		[ "$("$CRICLIENT" --socket "$RUNTIME" status "$REGISTRY/app/moved:1")" = \
			"$("$CRICLIENT" --socket "$RUNTIME" status "$REGISTRY/elsewhere/evil:1")" ]
	}
	wait_for 10 moved
	kubelet default "$REGISTRY/app/moved:1"
	[ "$status" -eq 1 ]
	never says "started "
}

@test "the pod that counts is the runtime's, whatever the request says" {
	digest=$(push_busybox "$REGISTRY/team/lies:1" lies)
	behind pull "$REGISTRY/team/lies:1"
	run "$CRICLIENT" --socket "$RUNTIME" --namespace prod --pod lies --uid u1 runp lies
	sandbox=${output#ok }
	run "$CRICLIENT" --socket "$LISTEN" --namespace dev --pod lies --uid u1 \
		create "$sandbox" "$REGISTRY/team/lies:1" "$REGISTRY/team/lies:1"
	is_stopped_at_create "no signatures found"
	run "$CRICLIENT" --socket "$LISTEN" --namespace dev create nosuchsandbox "$REGISTRY/team/lies:1"
	[ "$status" -eq 1 ]
	never says "SignatureValidationFailed"
	behind rmp "$sandbox"
}

@test "a container without an image on the node, paths and checkpoints" {
	behind --namespace default --pod x runp x
	sandbox=${output#ok }
	run "$CRICLIENT" --socket "$LISTEN" create "$sandbox" "$REGISTRY/app/absent:1"
	[ "$status" -eq 1 ]
	says "error 5 "
	says "is not on the node"
	touch "$WORK/checkpoint.tar"
	run "$CRICLIENT" --socket "$LISTEN" create "$sandbox" "$WORK/checkpoint.tar"
	is_stopped_at_create "it is a path of the node"
	[ "$(decision "$WORK/checkpoint.tar" cause)" = checkpoint ]
	[ "$(decision "$WORK/checkpoint.tar" verdict)" = refused ]
	run "$CRICLIENT" --socket "$LISTEN" create "$sandbox" ""
	[ "$status" -eq 1 ]
	says "error 3 "
	printf '' >"$WORK/empty"
	run "$CRICLIENT" --socket "$LISTEN" call /runtime.v1.RuntimeService/RestorePod "$WORK/empty"
	says 'SignatureValidationFailed: image "pod checkpoint": a pod is not restored'
	[ "$(decision "pod checkpoint" gate)" = create ]
	behind rmp "$sandbox"
}

@test "an image that holds a checkpoint" {
	push_image "$REGISTRY/app/ckpt:0" ckpt >/dev/null
	manifest_of "$REGISTRY/app/ckpt" 0 |
		jq -c '.annotations = {"org.criu.checkpoint.container.name": "c"}' >"$WORK/ckpt.json"
	digest=$(push_manifest "http://$REGISTRY/v2/app/ckpt" "$WORK/ckpt.json" 1)
	sign 2.5 ours "$REGISTRY/app/ckpt@$digest"
	pull pull "$REGISTRY/app/ckpt:1"
	is_refused "the image holds a checkpoint"
	behind pull "$REGISTRY/app/ckpt:1"
	kubelet default "$REGISTRY/app/ckpt:1"
	is_stopped_at_create "the image holds a checkpoint"
}

@test "a checkpoint that no policy covers, on a containerd that would restore it" {
	push_image "$REGISTRY/free/ckpt:0" freeckpt >/dev/null
	manifest_of "$REGISTRY/free/ckpt" 0 |
		jq -c '.annotations = {"org.criu.checkpoint.container.name": "c"}' >"$WORK/ckpt.json"
	push_manifest "http://$REGISTRY/v2/free/ckpt" "$WORK/ckpt.json" 1 >/dev/null
	restart_pullgate "unmatched: allow"
	pull pull "$REGISTRY/free/ckpt:1"
	is_admitted
	push_busybox "$REGISTRY/free/plain:1" plain >/dev/null
	kubelet default "$REGISTRY/free/plain:1"
	runs
	kubelet default "$REGISTRY/free/ckpt:1"
	if [ "$CONTAINERD" = 1.6 ]; then
		# It knows of no checkpoints, and starts what there is.
		never says "SignatureValidationFailed"
	else
		is_stopped_at_create "the image holds a checkpoint"
		# Known by a tag alone.
		$CTR images export "$WORK/ckpt.tar" "$REGISTRY/free/ckpt:1" >/dev/null
		behind remove "$REGISTRY/free/ckpt:1"
		import_image "$WORK/ckpt.tar"
		shown() {
			"$CRICLIENT" --socket "$RUNTIME" status "$REGISTRY/free/ckpt:1" | grep -q sha256:
		}
		wait_for 10 shown
		kubelet default "$REGISTRY/free/ckpt:1" --pull-policy Never
		is_stopped_at_create "the image holds a checkpoint"
	fi
	restart_pullgate
}

# An index of somebody else's that lists the image, so that the node knows it by one
# name more.
others_index() { # tag annotations
	local base=http://$REGISTRY/v2/free/victim n digest file=$WORK/index.json
	jq -nc --argjson a "$2" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
		annotations: $a, manifests: []}' >"$file"
	for n in 0 $(seq 70); do
		manifest_of "$REGISTRY/free/victim" 1 |
			jq -c --arg n "$n" 'if $n == "0" then . else .annotations = {n: $n} end' >"$WORK/child.json"
		[ "$n" != 0 ] || manifest_of "$REGISTRY/free/victim" 1 >"$WORK/child.json"
		digest=$(push_manifest "$base" "$WORK/child.json" "sha256:$(sha256sum <"$WORK/child.json" | cut -d' ' -f1)")
		jq -c --arg d "$digest" --argjson s "$(stat -c %s "$WORK/child.json")" --arg os \
			"$([ "$n" = 0 ] && echo linux || echo other)" '.manifests += [{digest: $d, size: $s,
			mediaType: "application/vnd.oci.image.manifest.v1+json",
			platform: {os: $os, architecture: "amd64"}}]' "$file" >"$file.new"
		mv "$file.new" "$file"
	done
	push_manifest "$base" "$file" "$1" application/vnd.oci.image.index.v1+json
}

@test "somebody else's index that lists an image does not stop it, unless it holds a checkpoint" {
	push_busybox "$REGISTRY/free/victim:1" victim >/dev/null
	restart_pullgate "unmatched: allow"
	kubelet default "$REGISTRY/free/victim:1"
	runs
	others_index many '{}' >/dev/null
	pull pull "$REGISTRY/free/victim:many"
	is_admitted
	kubelet default "$REGISTRY/free/victim:1"
	runs
	others_index ckpt '{"org.criu.checkpoint.container.name": "c"}' >/dev/null
	pull pull "$REGISTRY/free/victim:ckpt"
	is_admitted
	# containerd picks one of the names by itself.
	kubelet default "$REGISTRY/free/victim:1"
	[ "$CONTAINERD" = 1.6 ] || is_stopped_at_create "the image holds a checkpoint"
	behind remove "$REGISTRY/free/victim:1"
	restart_pullgate
}

@test "two manifests of one image: what denies the one stops the other" {
	digest=$(push_busybox "$REGISTRY/app/twin:1" twin)
	sign 2.5 ours "$REGISTRY/app/twin@$digest"
	manifest_of "$REGISTRY/app/twin" 1 | jq -c '.annotations = {"which": "other"}' >"$WORK/twin.json"
	other=$(push_manifest "http://$REGISTRY/v2/app/twin" "$WORK/twin.json" 2)
	kubelet default "$REGISTRY/app/twin:1"
	runs
	sign 2.5 ours "$REGISTRY/app/twin@$other"
	pull pull "$REGISTRY/app/twin:2"
	is_admitted
	cat >"$WORK/policies/deny.yaml" <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: denied}
	spec:
	  images: ["**"]
	  digests: {deny: ["$other"]}
	YAML
	reload
	kubelet default "$REGISTRY/app/twin:1"
	is_stopped_at_create "digest $other is denied"
	policies
	reload
	kubelet default "$REGISTRY/app/twin:1"
	runs
}

@test "a volume that is an image" {
	push_image "$REGISTRY/app/volume:1" volume >/dev/null
	behind pull "$REGISTRY/app/volume:1"
	kubelet default "$REGISTRY/app/good:1" --volume-image "$REGISTRY/app/volume:1"
	is_stopped_at_create "app/volume"
	# containerd 1.6 knows of no such volumes.
	[ "$CONTAINERD" != 1.6 ] || return 0
	digest=$(manifest_of "$REGISTRY/app/volume" 1 | sha256sum | cut -d' ' -f1)
	sign 2.5 ours "$REGISTRY/app/volume@sha256:$digest"
	kubelet default "$REGISTRY/app/good:1" --volume-image "$REGISTRY/app/volume:1"
	runs
}

@test "static pods, init and ephemeral containers: the same calls" {
	push_busybox "$REGISTRY/app/static:1" static >/dev/null
	behind pull "$REGISTRY/app/static:1"
	kubelet kube-system "$REGISTRY/app/static:1" --annotation kubernetes.io/config.source=file
	is_stopped_at_create "no signatures found"
	# Into a pod that runs already.
	kubelet default "$REGISTRY/app/good:1"
	runs
	sandbox=$(grep -o '^sandbox .*' <<<"$output" | cut -d' ' -f2)
	run "$CRICLIENT" --socket "$LISTEN" --namespace default --container debugger \
		create "$sandbox" "$REGISTRY/app/static:1" "$REGISTRY/app/static:1"
	is_stopped_at_create "no signatures found"
	run "$CRICLIENT" --socket "$LISTEN" --namespace default --container init \
		create "$sandbox" "$REGISTRY/app/good:1" "$REGISTRY/app/good:1"
	[ "$status" -eq 0 ]
}

@test "a mirror that serves something else under the tag" {
	digest=$(push_image "$REGISTRY/app/mirrored:1" genuine)
	sign 2.5 ours "$REGISTRY/app/mirrored@$digest"
	origin=$REGISTRY
	start_registry mirror
	mirror=$REGISTRY
	REGISTRY=$origin
	evil=$(push_image "$mirror/app/mirrored:1" evil)
	mkdir -p "$WORK/certs.d/$origin"
	printf 'server = "http://%s"\n[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' \
		"$origin" "$mirror" >"$WORK/certs.d/$origin/hosts.toml"
	pull pull "$origin/app/mirrored:1"
	is_admitted
	pull inspect "$origin/app/mirrored:1"
	says "$origin/app/mirrored@$digest"
	never says "$evil"
	kubelet default "$origin/app/mirrored:1" --pull-policy Always
	never says "$evil"
	rm -r "$WORK/certs.d/$origin"
	end mirror
}

@test "a key that is taken back, a digest that is denied: at the next create" {
	digest=$(push_busybox "$REGISTRY/app/revoked:1" revoked)
	sign 2.5 ours "$REGISTRY/app/revoked@$digest"
	kubelet default "$REGISTRY/app/revoked:1"
	runs
	rm -rf "$WORK/policies"
	policy main theirs "$REGISTRY/app/**"
	reload
	kubelet default "$REGISTRY/app/revoked:1"
	is_stopped_at_create "none verifies with the policy's keys"
	policies
	cat >"$WORK/policies/deny.yaml" <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: denied}
	spec:
	  images: ["**"]
	  digests: {deny: ["$digest"]}
	YAML
	reload
	kubelet default "$REGISTRY/app/revoked:1"
	is_stopped_at_create "digest $digest is denied"
	pull pull "$REGISTRY/app/revoked:1"
	is_refused "digest $digest is denied"
	policies
	reload
	kubelet default "$REGISTRY/app/revoked:1"
	runs
}

@test "break glass: what an Exemption admits, and how loudly" {
	push_busybox "$REGISTRY/app/urgent:1" urgent >/dev/null
	kubelet default "$REGISTRY/app/urgent:1"
	[ "$status" -eq 1 ]
	exemption() { # not-after
		cat >"$WORK/policies/exemption.yaml" <<-YAML
		apiVersion: pullgate.dev/v1
		kind: Exemption
		metadata: {name: incident}
		spec:
		  images: ["$REGISTRY/app/urgent*"]
		  reason: the signer is down
		  notAfter: $1
		YAML
	}
	exemption "$(date -u -d '+1 hour' +%FT%TZ)"
	reload
	kubelet default "$REGISTRY/app/urgent:1"
	runs
	[ "$(decision "$REGISTRY/app/urgent" verdict)" = exempted ]
	[ "$(decision "$REGISTRY/app/urgent" exemption)" = incident ]
	[ "$(decision "$REGISTRY/app/urgent" reason)" = "the signer is down" ]
	grep '"msg":"decision"' "$WORK/pullgate.log" | grep '"verdict":"exempted"' | grep -q '"level":"warn"'
	curl -fsS --unix-socket "$WORK/m.sock" http://x/metrics |
		grep -q '^pullgate_exemptions_total{exemption="incident"} [1-9]'
	exemption "$(date -u -d '-1 minute' +%FT%TZ)"
	reload
	kubelet default "$REGISTRY/app/urgent:1"
	is_stopped_at_create "no signatures found"
	run "$PULLGATE" policy check "$WORK/policies"
	[ "$status" -eq 1 ]
	says "expired"
	policies
	reload
}

@test "the registry is away: what was verified starts, what was not does not" {
	digest=$(push_busybox "$REGISTRY/app/unseen:1" unseen)
	sign 2.5 ours "$REGISTRY/app/unseen@$digest"
	behind pull "$REGISTRY/app/unseen:1"
	kill -STOP "$(cat "$WORK/pids/registry")"
	kubelet default "$REGISTRY/app/good:1"
	kill -CONT "$(cat "$WORK/pids/registry")"
	runs
	end registry
	kubelet default "$REGISTRY/app/good:1"
	runs
	kubelet default "$REGISTRY/app/unseen:1"
	[ "$status" -eq 1 ]
	says "error 2 RegistryUnavailable: "
	"$BIN/docker-registry" serve "$WORK/registry/config.yml" >>"$WORK/registry/log" 2>&1 3>&- &
	remember registry $!
	wait_for 10 curl -fs -o /dev/null "http://$REGISTRY/v2/"
	kubelet default "$REGISTRY/app/unseen:1"
	runs
}

@test "presence: what the policies would refuse looks absent" {
	push_busybox "$REGISTRY/app/hidden:1" hidden >/dev/null
	behind pull "$REGISTRY/app/hidden:1"
	restart_pullgate "presence: verified"
	pull status "$REGISTRY/app/good:1"
	says "ok sha256:"
	pull status "$REGISTRY/app/hidden:1"
	never says "sha256:"
	# So it is pulled, and why it may not be is heard.
	kubelet default "$REGISTRY/app/hidden:1"
	[ "$status" -eq 1 ]
	says "error 2 SignatureValidationFailed: "
	never says "present "
	kubelet default "$REGISTRY/app/hidden:1" --pull-policy Never
	says "ErrImageNeverPull"
	# What is for some pods only is left to the other gates.
	pull status "$REGISTRY/team/web:1"
	says "ok sha256:"
	restart_pullgate
	pull status "$REGISTRY/app/hidden:1"
	says "ok sha256:"
}

@test "gates that are not named are open" {
	restart_pullgate "gates: [pull]"
	kubelet default "$REGISTRY/app/old:1"
	runs
	pull pull "$REGISTRY/app/old:1"
	is_refused "no signatures found"
	restart_pullgate "gates: [create]"
	kubelet default "$REGISTRY/app/bad:1"
	says "pulled "
	is_stopped_at_create "no signatures found"
	restart_pullgate
}

@test "the sandbox image that the runtime pulls by itself is judged, and said" {
	# containerd 2 tells of it once it is there.
	restart_pullgate
	grep -q 'the runtime pulls its sandbox image by itself' "$WORK/pullgate.log"
	grep -q "image .*$REGISTRY/pause:1" "$WORK/pullgate.log"
	[ "$CONTAINERD" = 1.6 ] || grep -q 'restores checkpoints in CreateContainer' "$WORK/pullgate.log"
}
