#!/usr/bin/env bats
# Layouts that the real cosign signed against test instances of Fulcio, Rekor
# (both generations), a certificate transparency log and a timestamp authority:
# what pullgate says of each is what their manifest records.

load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	WORK=$TOP/build/e2e/keyless
	rm -rf "$WORK"
	mkdir -p "$WORK/keys"
	start_registry
	VECTORS=${VECTORS:-$TOP/../shared/vectors}
	[ -e "$VECTORS/keyless/manifest.json" ] || {
		echo "no vectors in $VECTORS: set VECTORS, see tests/README.md"
		return 1
	}
	cp "$VECTORS/keyless/trusted_root.json" "$WORK"
	cp "$VECTORS"/cosign-keyed/keys/*.pub "$WORK/keys"
	echo "trustedRoot: $WORK/trusted_root.json" >"$WORK/config.yaml"
	for layout in "$VECTORS"/keyless/layouts/*; do
		load_layout "$layout" "$(basename "$layout")"
	done
	printf 'WORK=%q\nREGISTRY=%q\n' "$WORK" "$REGISTRY" >"$WORK/env"
	export E2E_ENV=$WORK/env KEYLESS=$VECTORS/keyless
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

digest_of() { # layout
	jq -r --arg l "$1" '.sets[] | select(.layout == $l) | .digest' "$KEYLESS/manifest.json"
}

# A policy of one entry, for signatures or, with a type, for attestations.
policy_is() { # entry [predicate-type]
	{
		echo "apiVersion: pullgate.dev/v1"
		echo "kind: ImagePolicy"
		echo "metadata: {name: p}"
		echo "spec:"
		echo "  images: [\"**\"]"
		if [ -n "${2:-}" ]; then
			echo "  attestations: [{type: \"$2\", attestors: [{entries: [$1]}]}]"
		else
			echo "  attestors: [{entries: [$1]}]"
		fi
	} >"$WORK/policy.yaml"
}

ask() { # layout
	run "$PULLGATE" verify --config "$WORK/config.yaml" --policy "$WORK/policy.yaml" \
		"$REGISTRY/$1@$(digest_of "$1")"
}

allowed() { # layout
	ask "$1"
	[ "$status" -eq 0 ] || {
		echo "$1: $output"
		return 1
	}
}

refused() { # layout words
	ask "$1"
	[ "$status" -eq 1 ] && says "$2"
}

# "--certificate-identity x" of a command line.
option() { # name command
	sed -n "s/.* --$1 \([^ ]*\).*/\1/p" <<<"$2"
}

entry_of() { # command
	local key identity expression
	key=$(option key "$1")
	identity=$(option certificate-identity "$1")
	expression=$(option certificate-identity-regexp "$1")
	if [ -n "$key" ]; then
		echo "{keys: {file: $key}}"
	elif [ -n "$identity" ]; then
		echo "{keyless: {subject: \"$identity\", issuer: \"$(option certificate-oidc-issuer "$1")\"}}"
	else
		echo "{keyless: {subjectRegExp: \"$expression.*\", issuer: \"$(option certificate-oidc-issuer "$1")\"}}"
	fi
}

@test "every command that is recorded" {
	local layout rc cmd asked=0 wrong=0 type
	while IFS=$'\t' read -r layout rc cmd; do
		type=
		case $(option type "$cmd") in
		vuln) type=https://cosign.sigstore.dev/attestation/vuln/v1 ;;
		slsaprovenance1) type=https://slsa.dev/provenance/v1 ;;
		esac
		policy_is "$(entry_of "$cmd")" "$type"
		ask "$layout"
		asked=$((asked + 1))
		if [ $((rc != 0)) -ne "$status" ]; then
			printf '%s: exit %s, recorded %s: %s\n%s\n' "$layout" "$status" "$rc" "$cmd" "$output"
			wrong=1
		fi
	done < <(jq -r '.sets[] | .layout as $l | .checks[] | [$l, .rc, .cmd] | @tsv' "$KEYLESS/manifest.json")
	echo "asked $asked"
	[ "$asked" -ge 35 ] && [ "$wrong" -eq 0 ]
}

@test "attestations are no signatures, and signatures no attestations" {
	policy_is '{keyless: {subject: dev@example.com, issuer: "https://accounts.example.com"}}'
	for layout in att att-intoto; do
		ask "$layout"
		[ "$status" -eq 1 ]
	done
	policy_is '{keyless: {subjectRegExp: "https://github.com/acme/.*", issuer: "https://token.actions.githubusercontent.com"}}'
	for layout in att-v1 att-v2-tsa; do
		refused "$layout" "an attestation is not a signature"
	done
	policy_is '{keyless: {subject: dev@example.com, issuer: "https://accounts.example.com"}}' https://slsa.dev/provenance/v1
	refused email-r1 "there is no attestation of this type"
	refused email "there is no attestation of this type"
	# The type is the statement's.
	refused att "there is no attestation of this type"
}

@test "what pullgate tells of who signed, when and by whose word" {
	policy_is '{keyless: {subjectRegExp: "https://github.com/acme/app/.*", issuer: "https://token.actions.githubusercontent.com",
	    additionalExtensions: {githubWorkflowRepository: acme/app, githubWorkflowTrigger: push}}, annotations: {env: prod}}'
	allowed github-r2-tsa
	run "$PULLGATE" verify -o json --config "$WORK/config.yaml" --policy "$WORK/policy.yaml" \
		"$REGISTRY/github-r2-tsa@$(digest_of github-r2-tsa)"
	[ "$(jq -r '.signatures[0] | [.kind, .issuer, .annotations.env, .logged, .timestamped, .extensions.githubWorkflowRepository] | @csv' <<<"$output")" = \
		'"signature","https://token.actions.githubusercontent.com","prod",true,true,"acme/app"' ]
	[[ "$(jq -r .signatures[0].time <<<"$output")" == 2026-11-20T21:3* ]]
	policy_is '{keyless: {subjectRegExp: ".*", issuerRegExp: ".*", additionalExtensions: {githubWorkflowRepository: acme/other}}}'
	refused github-r2-tsa 'githubWorkflowRepository is "acme/app", policy wants "acme/other"'
	policy_is '{keyless: {subjectRegExp: "github.com/acme", issuerRegExp: ".*"}}'
	refused github-r2-tsa "certificate identity does not match"
	policy_is '{keyless: {subject: dev@EXAMPLE.com, issuer: "https://accounts.example.com"}}'
	refused email-r1 "certificate identity does not match"
}

@test "the public-good root knows none of them" {
	: >"$WORK/config.yaml"
	policy_is '{keyless: {subject: dev@example.com, issuer: "https://accounts.example.com"}}'
	refused email "transparency log of the entry is not trusted"
	refused email-r2-tsa "transparency log of the entry is not trusted"
	policy_is '{keys: {file: keys/native.pub}}'
	refused keyed-v1 "transparency log of the entry is not trusted"
	# The key alone decides where the policy says so.
	policy_is '{keys: {file: keys/native.pub}, rekor: {ignoreTlog: true}}'
	allowed keyed-v1
	allowed keyed-tlog
	# A policy may name a root of its own.
	policy_is '{keyless: {subject: dev@example.com, issuer: "https://accounts.example.com"}, trustedRoot: trusted_root.json}'
	allowed email
	echo "trustedRoot: $WORK/trusted_root.json" >"$WORK/config.yaml"
}

# The parts of a root, as Kyverno's documents give them.
@test "roots and keys that stand in the policy" {
	: >"$WORK/config.yaml"
	pem_of() { # section index
		jq -r --arg s "$1" --argjson i "$2" '.[$s][$i].publicKey.rawBytes' "$WORK/trusted_root.json" |
			base64 -d | openssl pkey -pubin -inform DER | sed 's/$/\\n/' | tr -d '\n'
	}
	roots=$(jq -r '.certificateAuthorities[].certChain.certificates[].rawBytes' "$WORK/trusted_root.json" |
		while read -r der; do base64 -d <<<"$der" | openssl x509 -inform DER; done | sed 's/$/\\n/' | tr -d '\n')
	who='subject: dev@example.com, issuer: "https://accounts.example.com"'
	rekor=$(pem_of tlogs 0)
	ctlog=$(pem_of ctlogs 0)
	policy_is "{keyless: {$who, roots: \"$roots\"}, rekor: {pubkey: \"$rekor\"}, ctlog: {pubkey: \"$ctlog\"}}"
	allowed email
	policy_is "{keyless: {$who, roots: \"$roots\"}, rekor: {pubkey: \"$rekor\"}}"
	refused email "no SCT of a trusted certificate transparency log"
	policy_is "{keyless: {$who, roots: \"$roots\"}, rekor: {pubkey: \"$rekor\"}, ctlog: {ignoreSCT: true}}"
	allowed email
	policy_is "{keyless: {$who, roots: \"$roots\"}, rekor: {pubkey: \"$ctlog\"}, ctlog: {ignoreSCT: true}}"
	refused email "transparency log of the entry is not trusted"
	policy_is "{keyless: {$who}, rekor: {pubkey: \"$rekor\"}, ctlog: {ignoreSCT: true}}"
	refused email "certificate is not trusted at the time of signing"
	policy_is "{keys: {file: keys/native.pub}, rekor: {pubkey: \"$rekor\"}}"
	allowed keyed-tlog
	allowed keyed-v1
	echo "trustedRoot: $WORK/trusted_root.json" >"$WORK/config.yaml"
}

@test "inspect: what the registry holds, whatever policies say" {
	inspect() { # layout options...
		local layout=$1
		shift
		run "$PULLGATE" inspect --config "$WORK/config.yaml" "$@" "$REGISTRY/$layout@$(digest_of "$layout")"
		[ "$status" -eq 0 ]
	}
	inspect email-r2-tsa
	says "verified, signature by dev@example.com, issuer https://accounts.example.com, signed 2026-11-20T"
	inspect att
	says "verified, attestation of type https://cosign.sigstore.dev/attestation/vuln/v1 by dev@example.com"
	inspect keyed-v1
	says "signed with a key: name it with --key"
	inspect keyed-v1 --key "$WORK/keys/wrong.pub"
	says "invalid signature: not made by key"
	inspect keyed-v1 --key "$WORK/keys/native.pub"
	says "verified, signature by key sha256:"
	says "in the transparency log"
	inspect email --trusted-root "$TOP/policy/trust/public-good.json"
	says "transparency log of the entry is not trusted"
	says "claims   dev@example.com, issuer https://accounts.example.com"
	inspect github-r2-tsa -o json
	[ "$(jq -r '.signatures[0] | [.verified, .format, .extensions.githubWorkflowTrigger, .claims.certificate] | @csv' <<<"$output")" = \
		'true,"bundle","push",true' ]
	run "$PULLGATE" inspect --config "$WORK/config.yaml" "$REGISTRY/none:1"
	[ "$status" -eq 1 ]
	run "$PULLGATE" inspect --key "$WORK/none.pub" "$REGISTRY/none:1"
	[ "$status" -eq 2 ]
	run "$PULLGATE" inspect
	[ "$status" -eq 2 ]
}
