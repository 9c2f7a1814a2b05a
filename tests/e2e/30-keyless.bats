#!/usr/bin/env bats
# Images that nobody signed with a key: the real cosign signs them by a token, at
# a sigstore of the tests' own; the real containerd pulls them through pullgate.

load lib.bash

CI=https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main
GITHUB=https://token.actions.githubusercontent.com

setup_file() {
	load lib.bash
	world keyless
	start_sigstore
	keyless_policy ci-images "issuer: $GITHUB, subject: $CI" "$REGISTRY/ci/**"
	keyless_policy dev-images "issuer: https://accounts.example.com, subject: dev@example.com" "$REGISTRY/dev/**"
	keyless_policy issuers "issuer: https://gitlab.com, subject: $CI" "$REGISTRY/issuer/**"
	keyless_policy expressions "issuer: $GITHUB, subjectRegExp: 'https://github\.com/acme/app/.*@refs/heads/main'" "$REGISTRY/expression/**"
	keyless_policy parts "issuer: $GITHUB, subjectRegExp: 'github\.com/acme/app'" "$REGISTRY/part/**"
	{
		echo "apiVersion: kyverno.io/v1"
		echo "kind: ClusterPolicy"
		echo "metadata: {name: kyverno}"
		echo "spec:"
		echo "  validationFailureAction: Enforce"
		echo "  rules:"
		echo "    - name: keyless"
		echo "      match: {any: [{resources: {kinds: [Pod]}}]}"
		echo "      verifyImages:"
		echo "        - imageReferences: ['$REGISTRY/kyverno/*']"
		echo "          attestors: [{entries: [{keyless: {issuer: $GITHUB, subject: 'https://github.com/acme/*'}}]}]"
	} >"$WORK/policies/kyverno.yaml"
	CONFIG="cache: {negativeTtl: 0s}
trustedRoot: $WORK/lab/trusted_root.json" start_pullgate
	printf 'LAB=%q\n' "$LAB" >>"$WORK/env"
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

keyless_policy() { # name identity images
	mkdir -p "$WORK/policies"
	cat >"$WORK/policies/$1.yaml" <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: $1}
	spec:
	  images: ["$3"]
	  attestors: [{entries: [{keyless: {$2}}]}]
	YAML
}

new_image() { # path: sets REF and DIGEST
	REF=$REGISTRY/$1
	DIGEST=$(push_image "$REF:1" "$1")
}

@test "signed by the workflow, in either Rekor, with and without a timestamp" {
	for form in v1 v1-tsa v2-tsa; do
		new_image "ci/$form"
		sign_keyless "$form" ci "$REF@$DIGEST"
		pull "pull" "$REF:1"
		is_admitted
		[ "$(decision "$REF" verdict)" = allowed ]
	done
}

@test "signed by somebody else, or by another's word" {
	new_image ci/by-dev
	sign_keyless v1 dev "$REF@$DIGEST"
	remember_store
	pull "pull" "$REF:1"
	is_refused "certificate identity does not match: issuer is \"https://accounts.example.com\""
	[ "$(decision "$REF" cause)" = identity-mismatch ]
	new_image issuer/app
	sign_keyless v1 ci "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_refused "certificate identity does not match: issuer is \"$GITHUB\""
	new_image dev/by-ci
	sign_keyless v1 ci "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_refused "certificate identity does not match"
	store_unchanged
	new_image dev/app
	sign_keyless v1 dev "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_admitted
}

@test "expressions match the whole identity" {
	new_image expression/app
	sign_keyless v1 ci "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_admitted
	new_image part/app
	sign_keyless v1 ci "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_refused "certificate identity does not match: subject is"
}

@test "Kyverno's words, unchanged" {
	new_image kyverno/app
	sign_keyless v2-tsa ci "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_admitted
	new_image kyverno/by-dev
	sign_keyless v1 dev "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_refused "certificate identity does not match"
}

@test "not signed, and signed with a key" {
	new_image ci/unsigned
	pull "pull" "$REF:1"
	is_refused "no signatures found"
	new_image ci/keyed
	sign 3.1 ours "$REF@$DIGEST"
	pull "pull" "$REF:1"
	is_refused "1 found, none was made with a certificate of a trusted authority"
}

# Each is refused before a byte of the image arrives, and says why.
@test "what is wrong with a signature, and with its surroundings" {
	remember_store
	while IFS='|' read -r wrong cause words; do
		new_image "ci/$wrong"
		curl -fsS -X POST "$LAB/bundle" -d "{\"digest\": \"$DIGEST\", \"wrong\": \"$wrong\"}" >"$WORK/bundle.json"
		push_bundle "$REF" "$DIGEST" "$WORK/bundle.json"
		pull "pull" "$REF:1"
		is_refused "$words" || {
			echo "with $wrong"
			return 1
		}
		[ "$(decision "$REF" cause)" = "$cause" ]
	done <<-'TABLE'
	expired|certificate-invalid|certificate is not trusted at the time of signing
	promise-of-another|transparency-log|signed entry timestamp (SET) is not the transparency log's
	proof-of-another|transparency-log|inclusion proof does not lead to the log's tree
	entry-of-another|transparency-log|entry of the transparency log is for another signature
	log-key-swapped|transparency-log|signed entry timestamp (SET) is not the transparency log's
	no-sct|certificate-invalid|certificate has no SCT
	other-tsa|timestamp-invalid|timestamp is not a trusted authority's for this signature
	TABLE
	store_unchanged
	new_image ci/nothing
	curl -fsS -X POST "$LAB/bundle" -d "{\"digest\": \"$DIGEST\", \"wrong\": \"nothing\"}" >"$WORK/bundle.json"
	push_bundle "$REF" "$DIGEST" "$WORK/bundle.json"
	pull "pull" "$REF:1"
	is_admitted
}

@test "cosign and pullgate agree on each of them" {
	for image in ci/v1 ci/v1-tsa ci/v2-tsa ci/by-dev ci/expired ci/promise-of-another ci/proof-of-another \
		ci/entry-of-another ci/log-key-swapped ci/no-sct ci/other-tsa ci/nothing ci/unsigned; do
		digest=$(curl -fsSI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
			"http://$REGISTRY/v2/$image/manifests/1" | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p')
		run "$PULLGATE" verify --config "$WORK/config.yaml" "$REGISTRY/$image:1"
		ours=$status
		run "$BIN/cosign-3.1" verify --allow-insecure-registry --trusted-root "$WORK/lab/trusted_root.json" \
			--certificate-identity "$CI" --certificate-oidc-issuer "$GITHUB" "$REGISTRY/$image@$digest"
		if [ $((status != 0)) -ne $((ours != 0)) ]; then
			echo "$image: pullgate $ours, cosign $status: $output"
			return 1
		fi
	done
}

# The keyless trust of a node is its root: with another one nobody is known.
@test "a root that is replaced is taken at once" {
	new_image ci/later
	sign_keyless v1 ci "$REF@$DIGEST"
	cp "$WORK/lab/trusted_root.json" "$WORK/lab/kept.json"
	cp "$TOP/policy/trust/public-good.json" "$WORK/lab/new.json"
	mv "$WORK/lab/new.json" "$WORK/lab/trusted_root.json"
	wait_for 10 grep -q '"policies reloaded' "$WORK/pullgate.log"
	pull "pull" "$REF:1"
	is_refused "transparency log of the entry is not trusted"
	mv "$WORK/lab/kept.json" "$WORK/lab/trusted_root.json"
	wait_for 10 "$CRICLIENT" --socket "$LISTEN" pull "$REF:1"
}
