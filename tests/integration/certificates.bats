#!/usr/bin/env bats
# Certificates of one's own CA: signed by the real cosign with a key that a
# certificate belongs to.

load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	WORK=$TOP/build/e2e/certificates
	rm -rf "$WORK"
	mkdir -p "$WORK/pki"
	start_registry
	new_ca ours
	new_ca theirs
	new_signer release ours codeSigning
	new_signer stranger theirs codeSigning
	new_signer server ours serverAuth
	new_signer old ours codeSigning -1 # is over
	for who in release stranger server old; do
		ref=$REGISTRY/by/$who
		signed_by "$who" "$ref@$(push_image "$ref:1" "$who")"
	done
	printf 'WORK=%q\nREGISTRY=%q\n' "$WORK" "$REGISTRY" >"$WORK/env"
	export E2E_ENV=$WORK/env
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

new_ca() { # name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
		-keyout "$WORK/pki/$1.key" -out "$WORK/pki/$1.pem" \
		-addext keyUsage=critical,keyCertSign 2>/dev/null
}

# A key and its certificate; the dates are days from now.
new_signer() { # name ca usage [days]
	local at=$WORK/pki/$1
	(cd "$WORK/pki" && "$BIN/cosign-2.5" generate-key-pair --output-key-prefix "$1" >/dev/null 2>&1)
	printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=email:%s@example.com\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' \
		"$3" "$1" >"$at.ext"
	openssl x509 -new -force_pubkey "$at.pub" -subj "/CN=$1" -CA "$WORK/pki/$2.pem" -CAkey "$WORK/pki/$2.key" \
		-CAcreateserial -days "${4:-10}" -extfile "$at.ext" -out "$at.pem" 2>/dev/null
}

# The certificate goes along, as cosign does it; that it is over or for another use
# cosign would notice, so it is put there by hand.
signed_by() { # name reference@digest
	local base digest=${2#*@} tag
	base=http://$REGISTRY/v2/by/$1
	"$BIN/cosign-2.5" sign --key "$WORK/pki/$1.key" --tlog-upload=false --yes --allow-insecure-registry \
		"$2" >"$WORK/cosign.log" 2>&1 3>&- || cat "$WORK/cosign.log" >&2
	tag=${digest/:/-}.sig
	curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json' "$base/manifests/$tag" |
		jq --rawfile c "$WORK/pki/$1.pem" '.layers[0].annotations["dev.sigstore.cosign/certificate"] = $c' >"$WORK/sig.json"
	push_manifest "$base" "$WORK/sig.json" "$tag" >/dev/null
}

ask() { # who certificates-field [more of the entry]
	indent() { sed 's/^/                /' "$1"; }
	{
		echo "apiVersion: pullgate.dev/v1"
		echo "kind: ImagePolicy"
		echo "metadata: {name: p}"
		echo "spec:"
		echo "  images: ['$REGISTRY/**']"
		echo "  attestors:"
		echo "    - entries:"
		echo "        - certificates:"
		for field in $2; do
			echo "            ${field%%=*}: |"
			indent "$WORK/pki/${field#*=}.pem"
		done
		printf '%s\n' "${3:-          rekor: {ignoreTlog: true\}
          ctlog: {ignoreSCT: true\}}"
	} >"$WORK/policy.yaml"
	run "$PULLGATE" verify --policy "$WORK/policy.yaml" "$REGISTRY/by/$1:1"
}

allowed() {
	ask "$@"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

refused() { # words who field...
	local words=$1
	shift
	ask "$@"
	[ "$status" -eq 1 ] && says "$words"
}

@test "a certificate alone is its key" {
	allowed release cert=release
	allowed old cert=old
	refused "none was made with the policy's certificate" stranger cert=release
}

@test "a chain: any certificate that leads to it, and may sign code" {
	allowed release certChain=ours
	refused "certificate is not trusted at the time of signing" stranger certChain=ours
	refused "certificate is not trusted at the time of signing" release certChain=theirs
	refused "not for code signing" server certChain=ours
	refused "certificate has expired" old certChain=ours
}

@test "both: that certificate, if it leads there" {
	allowed release "cert=release certChain=ours"
	refused "certificate is not trusted" release "cert=release certChain=theirs"
	refused "certificate has expired" old "cert=old certChain=ours"
	refused "none was made with the policy's certificate" stranger "cert=release certChain=ours"
}

@test "logs are asked for unless the policy says otherwise" {
	refused "signature has no entry of a transparency log" release cert=release "          annotations: {}"
	refused "signature has no entry of a transparency log" release certChain=ours "          ctlog: {ignoreSCT: true}"
	refused "certificate has no SCT" release certChain=ours "          rekor: {ignoreTlog: true}"
}

@test "certificates that are none, and too many" {
	cp "$WORK/pki/ours.key" "$WORK/pki/key.pem"
	cat "$WORK/pki/release.pem" "$WORK/pki/ours.pem" >"$WORK/pki/two.pem"
	ask release cert=key
	[ "$status" -eq 2 ]
	ask release cert=two
	[ "$status" -eq 2 ]
	says "the others belong in certChain"
	ask release certChain=key
	[ "$status" -eq 2 ]
	[[ "$output" != *"$(sed -n 2p "$WORK/pki/ours.key")"* ]]
}
