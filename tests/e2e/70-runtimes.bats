#!/usr/bin/env bats
# Runtimes that cannot be told of a tag: one that behaves as CRI-O does, and an
# image service of somebody else between pullgate and containerd.

load lib.bash

setup_file() {
	load lib.bash
	world runtimes
	policy main ours "$REGISTRY/app/**" "docker.io/**"
	EXTRA='  namespaces: [prod]' policy prod theirs "$REGISTRY/team/**"
	EXTRA='  namespaces: [dev]
  action: audit' policy dev theirs "$REGISTRY/team/**"
	CONTAINERD_SOCKET=$RUNTIME
	echo "CONTAINERD_SOCKET=$CONTAINERD_SOCKET" >>"$WORK/env"
	start_crio -search "$REGISTRY/search"
	echo "RUNTIME=$RUNTIME" >>"$WORK/env"
	CONFIG=$(config) start_pullgate
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

config() {
	printf '%s\n' "cache: {negativeTtl: 0s, dir: $WORK/cache}" "$@"
}

restart_pullgate() { # config lines...
	end pullgate
	CONFIG=$(config "$@") start_pullgate
}

direct() {
	run "$CRICLIENT" --socket "$RUNTIME" "$@"
}

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
	says "started "
}

is_stopped_at_create() {
	[ "$status" -eq 1 ]
	says "CreateContainer error 2 SignatureValidationFailed: "
	says "$1"
}

# What the runtime was asked, of a method.
heard() { # method
	jq -r "select(.method | endswith(\"/$1\")) | .image" "$WORK/crio.log"
}

signed_image() { # path
	local digest
	digest=$(push_image "$REGISTRY/$1:1" "$1")
	sign 2.5 ours "$REGISTRY/$1@$digest"
	echo "$digest"
}

# A request with this image in its first field.
image_request() { # image
	local inner
	inner=$(printf '\\x0a\\x%02x%s' "${#1}" "$1")
	# shellcheck disable=SC2059 # made of bytes
	printf "\\x0a\\x$(printf %02x $((${#1} + 2)))$inner"
}

@test "pulled by digest, and found by its tag" {
	digest=$(signed_image app/one)
	pull pull "$REGISTRY/app/one:1"
	[ "$status" -eq 0 ]
	[ "$(heard PullImage | tail -n 1)" = "$REGISTRY/app/one@$digest" ]
	direct status "$REGISTRY/app/one:1"
	says "ok absent"
	pull inspect "$REGISTRY/app/one:1"
	says "$REGISTRY/app/one:1"
	says "$REGISTRY/app/one@$digest"
	# By every other name it is what the runtime says.
	same_as_runtime inspect "$REGISTRY/app/one@$digest"
	same_as_runtime inspect "$REGISTRY/app/one:2"
}

@test "the second pod pulls nothing, after a restart neither" {
	kubelet default "$REGISTRY/app/one:1"
	runs
	says "present "
	restart_pullgate
	before=$(heard PullImage | wc -l)
	kubelet default "$REGISTRY/app/one:1"
	runs
	says "present "
	[ "$(heard PullImage | wc -l)" -eq "$before" ]
	grep -q "app/one:1" "$WORK/cache/tags"
	[ "$(stat -c %a "$WORK/cache/tags")" = 600 ]
}

@test "a runtime that knows the tag itself is believed" {
	digest=$(signed_image app/own)
	pull pull "$REGISTRY/app/own:1"
	grep -q "app/own:1" "$WORK/cache/tags"
	other=$(push_image "$REGISTRY/app/own:1" moved)
	direct pull "$REGISTRY/app/own:1"
	same_as_runtime inspect "$REGISTRY/app/own:1"
	never says "$digest"
	says "$other"
	# And from then on.
	direct remove "$REGISTRY/app/own:1"
	same_as_runtime inspect "$REGISTRY/app/own:1"
}

@test "an image that is removed is gone, through pullgate or past it" {
	for how in "$LISTEN" "$RUNTIME"; do
		signed_image app/gone >/dev/null
		pull pull "$REGISTRY/app/gone:1"
		id=${output#ok }
		pull status "$REGISTRY/app/gone:1"
		never says "absent"
		run "$CRICLIENT" --socket "$how" remove "$id"
		pull status "$REGISTRY/app/gone:1"
		says "ok absent"
		[ "$(jq -r 'select(.tag | endswith("app/gone:1")) | .digest' "$WORK/cache/tags" | tail -n 1)" = null ]
	done
}

@test "an unsigned image is refused, and the runtime hears nothing of it" {
	push_image "$REGISTRY/app/bad:1" bad >/dev/null
	before=$(heard PullImage | wc -l)
	pull pull "$REGISTRY/app/bad:1"
	is_refused "no signatures found"
	[ "$(heard PullImage | wc -l)" -eq "$before" ]
}

@test "a short name, for which the runtime looks in several registries" {
	push_image "$REGISTRY/search/short:1" short >/dev/null
	for name in short:1 short@"$(push_image "$REGISTRY/search/short:2" two)" team/short:1; do
		pull pull "$name"
		is_refused "the name has no registry"
	done
	restart_pullgate "unqualified: docker.io"
	digest=$(signed_image library/short)
	pull pull "short:1"
	# It is docker.io's, and of that nothing is signed by our registry's name.
	never says "the name has no registry"
	restart_pullgate
}

@test "the create gate: bare ids, and digests of an older CRI-O" {
	push_image "$REGISTRY/team/web:1" web >/dev/null
	kubelet dev "$REGISTRY/team/web:1"
	runs
	kubelet prod "$REGISTRY/team/web:1"
	says "present "
	is_stopped_at_create "no signatures found"
	id=$("$CRICLIENT" --socket "$RUNTIME" status "$REGISTRY/team/web@$(manifest_of "$REGISTRY/team/web" 1 |
		sha256sum | sed 's/ .*//; s/^/sha256:/')" | cut -d' ' -f2)
	[ ${#id} -eq 64 ]
	for name in "$id" "sha256:$id" "${id:0:12}"; do
		run "$CRICLIENT" --socket "$LISTEN" --namespace prod runp "n$RANDOM"
		sandbox=${output#ok }
		run "$CRICLIENT" --socket "$LISTEN" --namespace prod create "$sandbox" "$name"
		[ "$status" -eq 1 ]
		never says "ok "
	done
	end crio
	start_crio -id-ref=false -search "$REGISTRY/search"
	wait_for 10 "$CRICLIENT" --socket "$LISTEN" version
	kubelet dev "$REGISTRY/team/web:1"
	runs
	says "pulled $REGISTRY/team/web@sha256:"
	kubelet prod "$REGISTRY/team/web:1"
	is_stopped_at_create "no signatures found"
}

@test "one image in two repositories: each is judged by its own name" {
	push_image "$REGISTRY/team/twin:1" twin >/dev/null
	digest=$(push_image "$REGISTRY/app/twin:1" twin)
	sign 2.5 ours "$REGISTRY/app/twin@$digest"
	kubelet prod "$REGISTRY/app/twin:1"
	runs
	kubelet dev "$REGISTRY/team/twin:1"
	runs
	kubelet prod "$REGISTRY/team/twin:1"
	[ "$status" -eq 1 ]
	says "SignatureValidationFailed: "
}

@test "an image that the runtime says holds a checkpoint" {
	push_image "$REGISTRY/app/ckpt:0" ckpt >/dev/null
	manifest_of "$REGISTRY/app/ckpt" 0 |
		jq -c '.annotations = {"io.kubernetes.cri-o.annotations.checkpoint.name": "c"}' >"$WORK/ckpt.json"
	digest=$(push_manifest "http://$REGISTRY/v2/app/ckpt" "$WORK/ckpt.json" 1)
	sign 2.5 ours "$REGISTRY/app/ckpt@$digest"
	pull pull "$REGISTRY/app/ckpt:1"
	is_refused "the image holds a checkpoint"
	direct pull "$REGISTRY/app/ckpt:1"
	kubelet default "$REGISTRY/app/ckpt:1"
	is_stopped_at_create "the image holds a checkpoint"
	restart_pullgate "checkpoints: allow"
	kubelet default "$REGISTRY/app/ckpt:1"
	runs
	restart_pullgate
}

@test "what would pull by another method is asked about, and pinned" {
	digest=$(signed_image app/profile)
	image_request "$REGISTRY/app/profile:1" >"$WORK/good.bin"
	image_request "$REGISTRY/app/bad:1" >"$WORK/bad.bin"
	pull call /runtime.v1.ImageService/PullSecurityProfile "$WORK/bad.bin"
	is_refused "no signatures found"
	[ -z "$(heard PullSecurityProfile)" ]
	pull call /runtime.v1.ImageService/PullSecurityProfile "$WORK/good.bin"
	[ "$status" -eq 0 ]
	[ "$(heard PullSecurityProfile)" = "$REGISTRY/app/profile@$digest" ]
	pull call /runtime.v1.ImageService/PullWhatever "$WORK/bad.bin"
	is_refused "no signatures found"
	pull call /runtime.v1.ImageService/PullWhatever "$WORK/good.bin"
	says "error 12 "
}

@test "RestorePod: refused, unless checkpoints are allowed" {
	pull call /runtime.v1.RuntimeService/RestorePod "$WORK/good.bin"
	is_refused "a pod is not restored from a checkpoint"
	[ -z "$(heard RestorePod)" ]
	restart_pullgate "checkpoints: allow"
	pull call /runtime.v1.RuntimeService/RestorePod "$WORK/good.bin"
	[ "$status" -eq 0 ]
	restart_pullgate
}

@test "the sandbox image is judged by what the runtime's Status says" {
	judged() { grep -q 'sandbox image by itself.*registry.k8s.io/pause' "$WORK/pullgate.log"; }
	wait_for 10 judged
}

@test "kubelet, pullgate, another image service, containerd" {
	end pullgate
	start_imageproxy "$CONTAINERD_SOCKET"
	RUNTIME=$IMAGEPROXY
	CONFIG=$(config "unqualified: docker.io") start_pullgate_for_images
	digest=$(signed_image app/chain)
	pull pull "$REGISTRY/app/chain:1"
	is_admitted
	grep -qx "PullImage $REGISTRY/app/chain@$digest" "$WORK/imageproxy.log"
	before=$(grep -c '^PullImage' "$WORK/imageproxy.log")
	pull status "$REGISTRY/app/chain:1"
	says "ok sha256:"
	[ "$(grep -c '^PullImage' "$WORK/imageproxy.log")" -eq "$before" ]
	pull pull "$REGISTRY/app/bad:1"
	is_refused "no signatures found"
	[ "$(grep -c '^PullImage' "$WORK/imageproxy.log")" -eq "$before" ]
	pull pull "short:1"
	[ "$status" -eq 1 ]
	never says "the name has no registry"
	end pullgate
	CONFIG=$(config) start_pullgate_for_images
	pull pull "short:1"
	is_refused "the name has no registry"
}
