#!/usr/bin/env bats
# pullgate policy test: the examples as they say, every way a test can fail, and
# evidence written down from a real registry and cosign.

load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	WORK=$TOP/build/e2e/policy-test
	rm -rf "$WORK"
	mkdir -p "$WORK"
	start_registry
	make_key ours
	SIGNED=$REGISTRY/shop/web:1
	sign 2.5 ours "${SIGNED%:*}@$(push_image "$SIGNED" one)"
	push_image "$REGISTRY/shop/web:unsigned" two >/dev/null
	policy shop ours "$REGISTRY/**"
	printf 'WORK=%q\nREGISTRY=%q\nSIGNED=%q\n' "$WORK" "$REGISTRY" "$SIGNED" >"$WORK/env"
	export E2E_ENV=$WORK/env
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

# A document of tests beside the policies; the items come from standard input.
tests_are() {
	{
		echo "apiVersion: pullgate.dev/v1"
		echo "kind: PolicyTest"
		echo "metadata: {name: t}"
		echo "spec:"
		[ -z "${SPEC:-}" ] || echo "  $SPEC"
		echo "  tests:"
		sed 's/^/    /'
	} >"$WORK/policies/t.yaml"
}

run_tests() { # exit-code
	run "$PULLGATE" policy test "$WORK/policies"
	if [ "$status" -ne "$1" ]; then
		echo "exit code $status: $output"
		return 1
	fi
}

@test "the examples do what their tests say, and each has some" {
	run "$PULLGATE" policy test "$TOP/policy/examples"
	[ "$status" -eq 0 ] || {
		grep -A6 '^not' <<<"$output"
		return 1
	}
	local example
	for example in "$TOP"/policy/examples/*.yaml "$TOP"/policy/examples/{kyverno,sigstore,containers}/*; do
		grep -qF "[..${example#"$TOP/policy/examples"}]" "$TOP"/policy/examples/tests/*.yaml || {
			echo "no test of $example"
			return 1
		}
	done
}

@test "a live registry" {
	tests_are <<-YAML
	- {image: $SIGNED, expect: {verdict: allowed}}
	- {image: "$REGISTRY/shop/web:unsigned", expect: {verdict: refused, cause: no-signatures}}
	- {image: "$REGISTRY/shop/web:none", expect: {verdict: refused, cause: not-found}}
	YAML
	run_tests 0
	[ "${lines[3]}" = "1..3" ]
}

@test "evidence that verify wrote down answers without a registry" {
	run "$PULLGATE" verify --policy "$WORK/policies/shop.yaml" --record "$WORK/policies/signed.json" "$SIGNED"
	[ "$status" -eq 0 ]
	end registry
	tests_are <<-YAML
	- {image: $SIGNED, evidence: signed.json, expect: {verdict: allowed}}
	- {image: $SIGNED, expect: {verdict: refused, cause: registry-unavailable}}
	YAML
	run_tests 0
	# A policy that came to ask for more is tried with the same evidence.
	ENTRY='          annotations: {env: prod}' policy shop ours "$REGISTRY/**"
	tests_are <<-YAML
	- {image: $SIGNED, evidence: signed.json, expect: {verdict: refused, cause: annotation-mismatch}}
	YAML
	run_tests 0
	policy shop ours "$REGISTRY/**"
}

@test "what was expected and what came instead" {
	tests_are <<-YAML
	- {name: "a # name", image: $SIGNED, evidence: signed.json, expect: {verdict: refused}}
	- {image: nginx, expect: {verdict: refused, cause: no-signatures, message: elsewhere}}
	YAML
	run_tests 1
	[ "${lines[0]}" = "not ok 1 - t: a _ name" ]
	[ "${lines[1]}" = "  ---" ]
	says "at: \"$WORK/policies/t.yaml:6:7\""
	says 'expected: "refused"'
	says 'got: "allowed"'
	says 'not ok 2 - t: nginx'
	says 'expected: "refused, no-signatures, elsewhere"'
	says 'got: "refused, no-policy"'
	says '1..2'
	SPEC='unmatched: allow' tests_are <<<'- {image: nginx, expect: {verdict: allowed}}'
	run_tests 0
}

# Evidence that must not be taken for what it is not.
@test "recordings that are altered, of another image, missing, or none" {
	local edit item='{image: '$SIGNED', evidence: bad.json, expect: {verdict: allowed}}'
	tests_are <<<"- $item"
	run_tests 1
	says 'got: "the evidence cannot be read"'
	says 'bad.json: '
	while IFS='|' read -r edit said; do
		jq "$edit" "$WORK/policies/signed.json" >"$WORK/policies/bad.json"
		run_tests 1
		says "$said" || {
			echo "after $edit"
			return 1
		}
	done <<-'TABLE'
	.image = "r.example.com/other:1"|recorded of another image
	.places = []|nothing was recorded of the image's repository
	.places[0].items = []|no signatures found
	.places[0].items[0].blob = "eA=="|digest
	.places[0].items[0].blob = "%"|base64
	.places[0].items[0].blob = 1|an item without a blob
	.places[0].items[0].source = null|an item without source, mediaType or digest
	.places[0].items[0].digest = "sha256:1"|digest
	.places[0].items[0].annotations = {"a": 1}|an annotation is no text
	.target.digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"|no matching signatures
	.target.digest = "x"|no target
	.target = null|no target
	.pullgateEvidence = 2|no recording of evidence
	{}|no recording of evidence
	[]|no recording of evidence
	TABLE
	echo '{' >"$WORK/policies/bad.json"
	run_tests 1
	says "bad.json: "
	rm "$WORK/policies/bad.json"
}

@test "documents that are wrong stop with their places" {
	local item said
	while IFS='|' read -r item said; do
		tests_are <<<"- $item"
		run_tests 2
		says "t.yaml:6:" && says "$said" || {
			echo "for $item: $output"
			return 1
		}
	done <<-'TABLE'
	{expect: {verdict: allowed}}|a test needs "image"
	{image: nginx}|a test needs "expect"
	{image: nginx, expect: {}}|expect needs "verdict"
	{image: nginx, expect: {verdict: maybe}}|verdict must be allowed, overlooked or refused
	{image: nginx, expect: {verdict: allowed}, x: y}|unknown field "x"
	{image: nginx, pod: p, expect: {verdict: allowed}}|need a namespace
	{image: nginx, expect: {verdict: refused, cause: nonsense}}|nonsense
	TABLE
	SPEC='policies: [none.yaml]' tests_are <<<'- {image: nginx, expect: {verdict: allowed}}'
	run_tests 2
	says "none.yaml"
	rm "$WORK/policies/t.yaml"
	run_tests 2
	says "there is no document of kind PolicyTest"
	echo 'spec: [' >"$WORK/policies/broken.yaml"
	run_tests 2
	says "broken.yaml:"
	rm "$WORK/policies/broken.yaml"
}

@test "--record says what it cannot do" {
	run "$PULLGATE" verify --policy "$WORK/policies/shop.yaml" --record "$WORK/none/x.json" "$SIGNED"
	[ "$status" -eq 2 ]
	run "$PULLGATE" verify --policy "$WORK/policies/shop.yaml" --record "$WORK/x.json" nginx
	[ "$status" -eq 2 ]
	says "nothing was fetched"
	[ ! -e "$WORK/x.json" ]
}
