#!/usr/bin/env bats
# Layouts that the real cosign signed with keys of every kind: what pullgate says
# of each is what their manifest records, and the genuine signatures that
# cosign 3 cannot check itself are good.

load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	WORK=$TOP/build/e2e/vectors
	rm -rf "$WORK"
	mkdir -p "$WORK"
	start_registry
	printf 'WORK=%q\nREGISTRY=%q\n' "$WORK" "$REGISTRY" >"$WORK/env"
	export E2E_ENV=$WORK/env
	VECTORS=${VECTORS:-$TOP/../shared/vectors}
	export KEYED=$VECTORS/cosign-keyed
	[ -e "$KEYED/manifest.json" ] || {
		echo "no vectors in $VECTORS: set VECTORS, see tests/README.md"
		return 1
	}
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

# Ask about one image with one key, and annotations if there are any.
ask() { # repository digest key [name=value]
	local note=
	[ -z "${4:-}" ] || note="          annotations: {${4%%=*}: \"${4#*=}\"}"
	mkdir -p "$WORK/keys"
	cp "$KEYED/keys/$3" "$WORK/keys/asked.pub"
	ENTRY=$note policy asked asked "$REGISTRY/**"
	run "$PULLGATE" verify --policy "$WORK/policies" "$REGISTRY/$1@$2"
}

run_set() { # set
	local wrong=0 asked=0 layout digest rc cmd key note
	while IFS=$'\t' read -r layout digest rc cmd; do
		[ -e "$WORK/loaded.$1.$layout" ] || load_layout "$KEYED/$1/$layout" "$1/$layout"
		touch "$WORK/loaded.$1.$layout"
		key=$(sed -n 's/.*--key keys\/\([^ ]*\).*/\1/p' <<<"$cmd")
		note=$(sed -n 's/.* -a \([^ ]*\).*/\1/p' <<<"$cmd")
		# Genuine, though cosign's own defaults cannot verify them.
		case $1/$layout/$key in
		cosign-3.1.1/p384/cosign3-p384.pub | cosign-3.1.1/p521/cosign3-p521.pub | \
			cosign-3.1.1/ed25519/cosign3-ed25519.pub | cosign-3.1.1/legacy-p384/cosign3-p384.pub)
			rc=0
			;;
		# cosign 3 takes an attestation for a signature; we do not.
		cosign-3.1.1/att-*) rc=1 ;;
		esac
		ask "$1/$layout" "$digest" "$key" "$note"
		asked=$((asked + 1))
		if [ $((rc != 0)) -ne "$status" ]; then
			echo "$1/$layout with $key $note: exit $status, recorded $rc"
			echo "$output"
			wrong=1
		fi
	done < <(jq -r --arg set "$1" '.sets[$set][] | .layout as $l | .digest as $d |
		.checks[]? | select(.cmd | test(" verify --key ")) |
		select(.cmd | test("--attachment|--experimental|oci-1-1") | not) |
		select(.cmd | test("@" + $d)) |
		[$l, $d, .rc, .cmd] | @tsv' "$KEYED/manifest.json")
	echo "asked $asked"
	[ "$asked" -ge 10 ] && [ "$wrong" -eq 0 ]
}

@test "what cosign 2.5 signed with keys" {
	run_set cosign-2.5.0
}

@test "what cosign 3.1 signed with keys" {
	run_set cosign-3.1.1
}

# The name that cosign has for a type.
type_of() {
	case $1 in
	vuln) echo https://cosign.sigstore.dev/attestation/vuln/v1 ;;
	slsaprovenance) echo https://slsa.dev/provenance/v0.2 ;;
	slsaprovenance1) echo https://slsa.dev/provenance/v1 ;;
	spdxjson) echo https://spdx.dev/Document ;;
	cyclonedx) echo https://cyclonedx.org/bom ;;
	custom) echo https://cosign.sigstore.dev/attestation/v1 ;;
	link) echo https://in-toto.io/Link/v1 ;;
	*) echo "$1" ;;
	esac
}

@test "what cosign attested with keys" {
	local set layout digest rc cmd key wrong=0 asked=0
	while IFS=$'\t' read -r set layout digest rc cmd; do
		[ -e "$WORK/loaded.$set.$layout" ] || load_layout "$KEYED/$set/$layout" "$set/$layout"
		touch "$WORK/loaded.$set.$layout"
		key=$(sed -n 's/.*--key keys\/\([^ ]*\).*/\1/p' <<<"$cmd")
		# Genuine, though cosign's own defaults cannot verify them.
		case $set/$layout in cosign-3.1.1/att-ed25519 | cosign-3.1.1/att-p384) rc=0 ;; esac
		cp "$KEYED/keys/$key" "$WORK/keys/asked.pub"
		cat >"$WORK/policies/asked.yaml" <<-YAML
		apiVersion: pullgate.dev/v1
		kind: ImagePolicy
		metadata: {name: asked}
		spec:
		  images: ["**"]
		  attestations:
		    - type: $(type_of "$(sed -n 's/.*--type \([^ ]*\).*/\1/p' <<<"$cmd")")
		      attestors: [{entries: [{keys: {file: $WORK/keys/asked.pub}, rekor: {ignoreTlog: true}}]}]
		YAML
		run "$PULLGATE" verify --policy "$WORK/policies" "$REGISTRY/$set/$layout@$digest"
		asked=$((asked + 1))
		if [ $((rc != 0)) -ne "$status" ]; then
			echo "$set/$layout: exit $status, recorded $rc: $cmd"
			echo "$output"
			wrong=1
		fi
	done < <(jq -r '.sets | to_entries[] | .key as $s | .value[] | .layout as $l | .digest as $d |
		.checks[]? | select(.cmd | test("verify-attestation --key")) |
		[$s, $l, $d, .rc, .cmd] | @tsv' "$KEYED/manifest.json")
	echo "asked $asked"
	[ "$asked" -ge 20 ] && [ "$wrong" -eq 0 ]
}

@test "an unsigned image, and one that has attestations alone" {
	for set in cosign-2.5.0 cosign-3.1.1; do
		for layout in unsigned att-ed25519 att-p384; do
			digest=$(jq -r --arg s "$set" --arg l "$layout" \
				'.sets[$s][] | select(.layout == $l) | .digest' "$KEYED/manifest.json")
			load_layout "$KEYED/$set/$layout" "alone/$set/$layout"
			for key in cosign3-ed25519.pub cosign3-p384.pub native.pub; do
				ask "alone/$set/$layout" "$digest" "$key"
				[ "$status" -eq 1 ]
			done
		done
	done
}
