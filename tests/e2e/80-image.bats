#!/usr/bin/env bats
# The gate's own image goes through the gate: built, pushed, signed, admitted by the
# program that is in it, pulled, and run.

load lib.bash

setup_file() {
	load lib.bash
	world image
	# Of who runs these tests; the program of the image is another build than theirs.
	unset MAKEFLAGS MAKELEVEL MFLAGS
	local out
	out=$(make -C "$TOP" --no-print-directory B="${PACKAGE_B:-build}" IMAGE="$WORK/oci" image 2>&1) || {
		echo "$out"
		return 1
	}
	for name in signed unsigned foreign; do
		skopeo copy --quiet --dest-tls-verify=false "oci:$WORK/oci:0.1.0" \
			"docker://$REGISTRY/$name/pullgate:0.1.0"
	done
	DIGEST=$(jq -r '.manifests[0].digest' "$WORK/oci/index.json")
	sign 2.5 ours "$REGISTRY/signed/pullgate@$DIGEST"
	sign 2.5 theirs "$REGISTRY/foreign/pullgate@$DIGEST"
	policy gate ours "$REGISTRY/**"
	# What guards is the program of the image, with the libraries of the image.
	umoci unpack --image "$WORK/oci:0.1.0" "$WORK/bundle" >"$WORK/umoci.log" 2>&1
	ROOTFS=$WORK/bundle/rootfs
	start_registry_behind_tls
	{
		echo "DIGEST=$DIGEST"
		echo "ROOTFS=$ROOTFS"
		echo "TLS_REGISTRY=$TLS_REGISTRY"
	} >>"$WORK/env"
	start_image
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

# shellcheck disable=SC2034 # start_pullgate reads PULLGATE
start_image() {
	cat >"$WORK/packed" <<-SH
	#!/bin/sh
	here=$ROOTFS/opt/pullgate/current
	exec "\$(echo "\$here"/lib/ld-*.so*)" --library-path "\$here/lib" "\$here/bin/pullgate" "\$@"
	SH
	chmod +x "$WORK/packed"
	PULLGATE=$WORK/packed start_pullgate
}

# With a name as well, since loopback's addresses need no roots; known to the image alone.
start_registry_behind_tls() {
	start_tls_registry
	end tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$WORK/tls/key.pem" -out "$WORK/tls/ca.pem" -days 2 -subj /CN=registry \
		-addext subjectAltName=IP:127.0.0.1,DNS:registry.example.com 2>/dev/null
	env OTEL_TRACES_EXPORTER=none "$BIN/docker-registry" serve "$WORK/tls/config.yml" \
		>"$WORK/tls/log" 2>&1 3>&- &
	remember tls $!
	wait_for 10 curl -ks -o /dev/null "https://$TLS_REGISTRY/v2/"
	skopeo copy --quiet --dest-creds puller:s3cret --dest-tls-verify=false \
		"oci:$WORK/oci:0.1.0" "docker://$TLS_REGISTRY/app/pullgate:0.1.0"
	echo '127.0.0.1 registry.example.com' >"$ROOTFS/etc/hosts"
	TLS_REGISTRY=registry.example.com:${TLS_REGISTRY##*:}
}

# Every library it has open is the image's.
@test "the program that guards is the image's, down to its loader" {
	local maps
	maps=$(awk '/\.so/ { print $6 }' "/proc/$(cat "$WORK/pids/pullgate")/maps" | sort -u)
	grep -q '/lib/libcrypto\.so' <<<"$maps"
	never grep -vF "$ROOTFS/opt/pullgate/" <<<"$maps"
}

@test "its own image, signed: admitted, by the digest that was built" {
	pull pull "$REGISTRY/signed/pullgate:0.1.0"
	is_admitted
	[ "$(decision "$REGISTRY/signed/pullgate" verdict)" = allowed ]
	[ "$(decision "$REGISTRY/signed/pullgate" digest)" = "$DIGEST" ]
	runtime_images | grep -qxF "$REGISTRY/signed/pullgate@$DIGEST"
}

@test "a copy without a signature, and one that somebody else signed: refused" {
	remember_store
	pull pull "$REGISTRY/unsigned/pullgate:0.1.0"
	is_refused 'policy "gate": no signatures found'
	pull pull "$REGISTRY/foreign/pullgate@$DIGEST"
	is_refused 'policy "gate": no matching signatures'
	store_unchanged
}

@test "with the list of packages as a referrer: found there, and taken for no signature" {
	load_layout "$WORK/oci" with/pullgate
	load_layout "$WORK/oci" without/pullgate
	local referrer
	referrer=$(jq -r '.manifests[1].digest' "$WORK/oci/index.json")
	manifest_of "$REGISTRY/with/pullgate" "$referrer" |
		jq -e --arg d "$DIGEST" '.subject.digest == $d and .artifactType == "application/spdx+json"'
	sign 3.1 ours "$REGISTRY/with/pullgate@$DIGEST"
	pull pull "$REGISTRY/with/pullgate:0.1.0"
	is_admitted
	pull pull "$REGISTRY/without/pullgate:0.1.0"
	is_refused 'policy "gate": no signatures found'
}

@test "what was pulled runs, by its own root alone, as nobody in particular" {
	local root=$WORK/pulled
	mkdir -p "$root"
	$CTR images mount --snapshotter native "$REGISTRY/signed/pullgate@$DIGEST" "$root"
	run chroot --userspec=65532:65532 "$root" /usr/bin/pullgate version
	umount "$root"
	[ "$status" -eq 0 ]
	[ "$output" = "pullgate 0.1.0" ]
}

@test "registries are believed by the image's roots, or by those of SSL_CERT_FILE" {
	cp "$WORK/tls/ca.pem" "$ROOTFS/tmp/ca.pem"
	printf '{"auths": {"%s": {"auth": "%s"}}}' "$TLS_REGISTRY" \
		"$(printf puller:s3cret | base64)" >"$ROOTFS/tmp/auth.json"
	cat >"$ROOTFS/tmp/config.yaml" <<-YAML
	unmatched: warn
	registries:
	  "$TLS_REGISTRY": {credentials: /tmp/auth.json}
	YAML
	cp "$WORK/policies/gate.yaml" "$ROOTFS/tmp/gate.yaml"
	sed -i "s|- \"$REGISTRY/\*\*\"|- \"$TLS_REGISTRY/**\"|" "$ROOTFS/tmp/gate.yaml"
	verify() {
		run env "$@" chroot "$ROOTFS" /usr/bin/pullgate verify --config /tmp/config.yaml \
			--policy /tmp/gate.yaml -o json "$TLS_REGISTRY/app/pullgate:0.1.0"
		[ "$status" -eq 1 ]
	}
	verify -u SSL_CERT_FILE
	says '"cause": "registry-unavailable"'
	says "certificate"
	verify SSL_CERT_FILE=/tmp/ca.pem
	says '"cause": "no-signatures"'
	# An empty name is none.
	verify SSL_CERT_FILE=
	says '"cause": "registry-unavailable"'
	says "certificate"
}
