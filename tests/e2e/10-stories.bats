#!/usr/bin/env bats
# The main job, told against a real containerd, a real registry and signatures
# made by the real cosign.

load lib.bash

setup_file() {
	load lib.bash
	world stories
	policy main ours "$REGISTRY/app/**" "$BAD/**"
	ENTRY='          annotations: {env: prod}' policy annotated ours "$REGISTRY/annotated/**"
	EXTRA='  namespaces: [prod]' policy only-prod ours "$REGISTRY/prod/**"
	EXTRA='  action: audit' policy watched ours "$REGISTRY/watched/**"
	EXTRA='  failurePolicy: Ignore' policy lenient ours "$REGISTRY/lenient/**" "127.0.0.1:1/**"
	policy first ours "$REGISTRY/both/**"
	policy second theirs "$REGISTRY/both/**"
	CONFIG="cache: {negativeTtl: 0s}" start_pullgate
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

@test "signed by cosign 2, by tag: admitted, pinned, and the tag resolves" {
	digest=$(push_image "$REGISTRY/app/one:1" one)
	sign 2.5 ours "$REGISTRY/app/one@$digest"
	pull pull "$REGISTRY/app/one:1"
	is_admitted
	pulled=${output#ok }
	runtime_images | grep -qx "$REGISTRY/app/one@$digest"
	pull status "$REGISTRY/app/one:1"
	says "ok $pulled"
	says "$REGISTRY/app/one:1"
	says "$REGISTRY/app/one@$digest"
	[ "$(decision "$REGISTRY/app/one" verdict)" = allowed ]
	[ "$(decision "$REGISTRY/app/one" digest)" = "$digest" ]
}

@test "a second start with IfNotPresent pulls nothing" {
	digest=$(push_image "$REGISTRY/app/again:1" again)
	sign 2.5 ours "$REGISTRY/app/again@$digest"
	pull pull "$REGISTRY/app/again:1"
	is_admitted
	id=${output#ok }
	# What the kubelet asks first; a hit, and it never pulls.
	run "$GOCLIENT" -socket "$LISTEN" status "$REGISTRY/app/again:1"
	[ "$output" = "ok $id" ]
}

@test "signed by cosign 3 as a bundle in a referrer: admitted" {
	digest=$(push_image "$REGISTRY/app/bundle:1" bundle)
	sign 3.1 ours "$REGISTRY/app/bundle@$digest"
	pull pull "$REGISTRY/app/bundle:1"
	is_admitted
	runtime_images | grep -qx "$REGISTRY/app/bundle@$digest"
}

@test "signed by cosign 3 in the older form: admitted" {
	digest=$(push_image "$REGISTRY/app/legacy3:1" legacy3)
	sign 3.1-legacy ours "$REGISTRY/app/legacy3@$digest"
	pull pull "$REGISTRY/app/legacy3:1"
	is_admitted
}

@test "a bundle found through the Referrers API, page by page: admitted" {
	digest=$(push_image "$REGISTRY/api/app:1" api)
	sign 3.1 theirs "$REGISTRY/api/app@$digest"
	sign 3.1 ours "$REGISTRY/api/app@$digest"
	pull pull "$BAD/api/app:1"
	is_admitted
	curl -fsS "http://$BAD/_counts" | jq -e \
		'."/v2/api/app/referrers/'"$digest"'" == 2 and ."/v2/api/app/manifests/'"${digest/:/-}"'" == null'
}

@test "by digest, and by tag and digest: admitted, and found under that name" {
	digest=$(push_image "$REGISTRY/app/dig:1" dig)
	sign 2.5 ours "$REGISTRY/app/dig@$digest"
	pull pull "$REGISTRY/app/dig@$digest"
	is_admitted
	pull pull "$REGISTRY/app/dig:1@$digest"
	is_admitted
	id=${output#ok }
	pull status "$REGISTRY/app/dig:1@$digest"
	says "ok $id"
	pull status "$REGISTRY/app/dig@$digest"
	says "ok $id"
}

@test "the kubelet's own gRPC: admitted and refused by grpc-go" {
	digest=$(push_image "$REGISTRY/app/go:1" go)
	push_image "$REGISTRY/app/go:unsigned" go-unsigned
	sign 2.5 ours "$REGISTRY/app/go@$digest"
	run "$GOCLIENT" -socket "$LISTEN" pull "$REGISTRY/app/go:1"
	is_admitted
	run "$GOCLIENT" -socket "$LISTEN" pull "$REGISTRY/app/go:unsigned"
	is_refused "image \"$REGISTRY/app/go:unsigned\": policy \"main\": no signatures found"
}

@test "every other call passes, streams too" {
	run "$GOCLIENT" -socket "$LISTEN" version
	says "ok containerd"
	pull list
	says "images"
	pull call /runtime.v1.ImageService/ImageFsInfo
	says "bytes"
	pull call /runtime.v1.RuntimeService/NoSuchMethod
	says "error 12 "
	pull call /containerd.services.version.v1.Version/Version
	says "bytes"
	# A watch stays open until its own deadline (code 4), or, in a containerd
	# that has no such watch, is answered by it (code 12).
	run "$GOCLIENT" -socket "$LISTEN" events
	if [ "$CONTAINERD" = 1.6 ]; then says "error 12 "; else says "error 4 "; fi
}

@test "what the runtime says is what the client hears, however long it is" {
	# Its config is long, and a verbose status tells all of it.
	# shellcheck disable=SC2034 # not exported: too long for an environment
	HISTORY=$(head -c 6000000 /dev/zero | tr '\0' h)
	push_image "$REGISTRY/watched/long:1" long
	image=$REGISTRY/watched/long:1
	pull pull "$image"
	is_admitted
	# shellcheck disable=SC2059 # lengths, as bytes
	printf "\\x0a\\x$(printf %02x $((${#image} + 2)))\\x0a\\x$(printf %02x ${#image})$image\\x10\\x01" >"$WORK/verbose"
	same_as_runtime call /runtime.v1.ImageService/ImageStatus "$WORK/verbose"
	[[ $output =~ ^ok\ [67][0-9]{6}\ bytes ]]
	# A request of 5 MiB: what Version is asked for is not read by containerd.
	{ printf '\x0a\x80\x80\xc0\x02' && head -c 5242880 /dev/zero | tr '\0' v; } >"$WORK/wide"
	same_as_runtime call /runtime.v1.RuntimeService/Version "$WORK/wide"
	says "bytes"
	same_as_runtime status "no such image//"
	same_as_runtime call /no.such.Service/Method
	says "error 12 "
	printf '\xff' >"$WORK/garbage"
	same_as_runtime call /runtime.v1.ImageService/ImageStatus "$WORK/garbage"
	says "error "
}

@test "streams both ways, by containerd's own client" {
	through="$BIN/ctr-$CONTAINERD --address $LISTEN --namespace streams"
	head -c 20000000 /dev/urandom >"$WORK/blob"
	digest=sha256:$(sha256sum "$WORK/blob" | cut -d' ' -f1)
	$through content ingest --expected-digest "$digest" --expected-size 20000000 a-stream <"$WORK/blob"
	$through content get "$digest" | cmp - "$WORK/blob"
	# The runtime's errors arrive with their details.
	run $through content get sha256:0000000000000000000000000000000000000000000000000000000000000000
	[ "$status" -ne 0 ]
	says "not found"
	$through content rm "$digest"
	# A watch hears of what happens while it lasts.
	$through events >"$WORK/events" 2>&1 3>&- &
	watch=$!
	sleep 0.3
	push_image "$REGISTRY/watched/event:1" event
	pull pull "$REGISTRY/watched/event:1"
	is_admitted
	wait_for 5 grep -q "/images/create .*$REGISTRY/watched/event:1" "$WORK/events"
	kill "$watch"
}

@test "unsigned: refused, and nothing reached the disk" {
	push_image "$REGISTRY/app/un:1" unsigned
	remember_store
	pull pull "$REGISTRY/app/un:1"
	is_refused "image \"$REGISTRY/app/un:1\": policy \"main\": no signatures found"
	store_unchanged
	[ "$(decision "$REGISTRY/app/un" cause)" = no-signatures ]
}

@test "signed by another key, in either form: refused" {
	for form in 2.5 3.1; do
		digest=$(push_image "$REGISTRY/app/foreign:$form" "foreign $form")
		sign "$form" theirs "$REGISTRY/app/foreign@$digest"
		remember_store
		pull pull "$REGISTRY/app/foreign:$form"
		is_refused "no matching signatures"
		store_unchanged
	done
}

@test "a signature copied from another image: refused" {
	good=$(push_image "$REGISTRY/app/copy:good" copied)
	bad=$(push_image "$REGISTRY/app/copy:bad" "another")
	sign 2.5 ours "$REGISTRY/app/copy@$good"
	manifest_of "$REGISTRY/app/copy" "$(sig_tag "$good")" >"$WORK/m.json"
	push_manifest "http://$REGISTRY/v2/app/copy" "$WORK/m.json" "$(sig_tag "$bad")"
	remember_store
	pull pull "$REGISTRY/app/copy:bad"
	is_refused "digest mismatch"
	store_unchanged
}

@test "a bundle copied from another image: refused" {
	good=$(push_image "$REGISTRY/app/copyb:good" copiedb)
	bad=$(push_image "$REGISTRY/app/copyb:bad" "anotherb")
	sign 3.1 ours "$REGISTRY/app/copyb@$good"
	# The referrer's subject is made to say the other image; the signed
	# statement inside still names the first.
	size=$(manifest_of "$REGISTRY/app/copyb" "$bad" | wc -c)
	entry=$(manifest_of "$REGISTRY/app/copyb" "${good/:/-}" | jq -r '.manifests[0].digest')
	manifest_of "$REGISTRY/app/copyb" "$entry" |
		jq -c ".subject.digest = \"$bad\" | .subject.size = $size" >"$WORK/r.json"
	push_manifest "http://$REGISTRY/v2/app/copyb" "$WORK/r.json" \
		"sha256:$(sha256sum <"$WORK/r.json" | cut -d' ' -f1)"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%d}]}' \
		"$(sha256sum <"$WORK/r.json" | cut -d' ' -f1)" "$(wc -c <"$WORK/r.json")" >"$WORK/i.json"
	push_manifest "http://$REGISTRY/v2/app/copyb" "$WORK/i.json" "${bad/:/-}" \
		application/vnd.oci.image.index.v1+json
	remember_store
	pull pull "$REGISTRY/app/copyb:bad"
	is_refused "digest mismatch"
	store_unchanged
}

@test "a payload that was altered after it was signed: refused" {
	digest=$(push_image "$REGISTRY/app/alter:1" alter)
	sign 2.5 ours "$REGISTRY/app/alter@$digest"
	manifest_of "$REGISTRY/app/alter" "$(sig_tag "$digest")" >"$WORK/m.json"
	blob=$(jq -r '.layers[0].digest' "$WORK/m.json")
	curl -fsS "http://$REGISTRY/v2/app/alter/blobs/$blob" |
		jq -c '.optional = {"env": "prod"}' >"$WORK/payload"
	new=$(push_blob "http://$REGISTRY/v2/app/alter" "$WORK/payload")
	jq -c ".layers[0].digest = \"$new\" | .layers[0].size = $(wc -c <"$WORK/payload")" \
		"$WORK/m.json" >"$WORK/m2.json"
	push_manifest "http://$REGISTRY/v2/app/alter" "$WORK/m2.json" "$(sig_tag "$digest")"
	remember_store
	pull pull "$REGISTRY/app/alter:1"
	is_refused "no matching signatures"
	store_unchanged
}

@test "a hundred bad signatures and one good one: admitted" {
	digest=$(push_image "$REGISTRY/app/many:1" many)
	sign 2.5 ours "$REGISTRY/app/many@$digest"
	manifest_of "$REGISTRY/app/many" "$(sig_tag "$digest")" >"$WORK/m.json"
	junk=$(openssl rand -base64 71 | tr -d '\n')
	jq -c --arg s "$junk" '.layers[0] as $good |
		($good | .annotations."dev.cosignproject.cosign/signature" = $s) as $bad |
		.layers = [range(100) | $bad] + [$good]' "$WORK/m.json" >"$WORK/m2.json"
	[ "$(jq '.layers | length' "$WORK/m2.json")" -eq 101 ]
	push_manifest "http://$REGISTRY/v2/app/many" "$WORK/m2.json" "$(sig_tag "$digest")"
	pull pull "$REGISTRY/app/many:1"
	is_admitted
}

@test "more signatures than the limit: refused, and the limit is named" {
	digest=$(push_image "$REGISTRY/app/toomany:1" toomany)
	sign 2.5 ours "$REGISTRY/app/toomany@$digest"
	manifest_of "$REGISTRY/app/toomany" "$(sig_tag "$digest")" |
		jq -c '.layers[0] as $good | .layers = [range(200) | $good]' >"$WORK/m2.json"
	push_manifest "http://$REGISTRY/v2/app/toomany" "$WORK/m2.json" "$(sig_tag "$digest")"
	pull pull "$REGISTRY/app/toomany:1"
	is_refused "more than 128 signatures"
}

@test "an attestation is no signature" {
	digest=$(push_image "$REGISTRY/app/att:1" att)
	echo '{"scanner": "none"}' >"$WORK/predicate.json"
	"$BIN/cosign-3.1" attest --key "$WORK/keys/ours.key" --yes \
		--allow-insecure-registry --signing-config "$WORK/signing.json" \
		--predicate "$WORK/predicate.json" --type custom \
		"$REGISTRY/app/att@$digest" >"$WORK/cosign.log" 2>&1 || {
		cat "$WORK/cosign.log"
		return 1
	}
	pull pull "$REGISTRY/app/att:1"
	is_refused "policy \"main\": "
}

@test "required annotations must be signed" {
	digest=$(push_image "$REGISTRY/annotated/app:1" annotated)
	sign 2.5 ours "$REGISTRY/annotated/app@$digest" -a env=dev
	pull pull "$REGISTRY/annotated/app:1"
	is_refused "annotations do not match"
	sign 2.5 ours "$REGISTRY/annotated/app@$digest" -a env=prod
	pull pull "$REGISTRY/annotated/app:1"
	is_admitted
	digest=$(push_image "$REGISTRY/annotated/app:2" annotated2)
	sign 3.1 ours "$REGISTRY/annotated/app@$digest" -a env=prod
	pull pull "$REGISTRY/annotated/app:2"
	is_admitted
}

@test "the tag moves between verification and pull: what was verified arrives" {
	digest=$(push_image "$REGISTRY/move/app:1" verified)
	evil=$(push_image "$REGISTRY/move/app:1-next" "something else")
	sign 2.5 ours "$REGISTRY/move/app@$digest"
	pull pull "$BAD/move/app:1"
	is_admitted
	runtime_images | grep -qx "$BAD/move/app@$digest"
	runtime_content >"$WORK/after"
	grep -qx "$digest" "$WORK/after"
	never grep -x "$evil" "$WORK/after"
	# And whoever asks the registry now is told of the other image.
	curl -fsSI "http://$BAD/v2/move/app/manifests/1" \
		-H 'Accept: application/vnd.oci.image.manifest.v1+json' | grep -qi "$evil"
	pull pull "$BAD/move/app:1"
	is_refused "no signatures found"
	pull status "$BAD/move/app:1"
	says "$BAD/move/app@$digest"
}

@test "a tag that moves to another signed image moves on the node as well" {
	one=$(push_image "$REGISTRY/app/rolling:1" "rolling one")
	sign 2.5 ours "$REGISTRY/app/rolling@$one"
	pull pull "$REGISTRY/app/rolling:1"
	is_admitted
	two=$(push_image "$REGISTRY/app/rolling:1" "rolling two")
	sign 2.5 ours "$REGISTRY/app/rolling@$two"
	pull pull "$REGISTRY/app/rolling:1"
	is_admitted
	id=${output#ok }
	pull status "$REGISTRY/app/rolling:1"
	says "ok $id"
	says "$REGISTRY/app/rolling@$two"
}

@test "namespaces: refused in prod, admitted in dev" {
	push_image "$REGISTRY/prod/app:1" prod
	end pullgate
	CONFIG="unmatched: warn" start_pullgate
	pull --namespace prod --pod web --uid 1 pull "$REGISTRY/prod/app:1"
	is_refused "policy \"only-prod\": no signatures found"
	[ "$(decision "$REGISTRY/prod/app" namespace)" = prod ]
	[ "$(decision "$REGISTRY/prod/app" pod)" = web ]
	# In dev no policy covers it.
	pull --namespace dev --pod web --uid 1 pull "$REGISTRY/prod/app:1"
	is_admitted
	[ "$(decision "$REGISTRY/prod/app" verdict)" = overlooked ]
	end pullgate
	CONFIG="cache: {negativeTtl: 0s}" start_pullgate
	pull --namespace dev --pod web --uid 1 pull "$REGISTRY/prod/app:1"
	is_refused "no policy covers this image"
}

@test "action audit: admitted, and what would have been refused is logged" {
	push_image "$REGISTRY/watched/app:1" watched
	pull pull "$REGISTRY/watched/app:1"
	is_admitted
	[ "$(decision "$REGISTRY/watched/app" verdict)" = overlooked ]
	[ "$(decision "$REGISTRY/watched/app" cause)" = no-signatures ]
}

@test "failurePolicy Ignore: what cannot be found out goes to the runtime" {
	pull pull "127.0.0.1:1/app:1"
	[ "$status" -eq 1 ]
	# The runtime's own error, unchanged.
	[[ $output != *SignatureValidationFailed* && $output != *RegistryUnavailable:* ]]
	[ "$(decision 127.0.0.1:1/app verdict)" = overlooked ]
	# A signature that is missing is no matter of not knowing.
	push_image "$REGISTRY/lenient/app:1" lenient
	pull pull "$REGISTRY/lenient/app:1"
	is_refused "no signatures found"
}

@test "two policies: both must hold" {
	digest=$(push_image "$REGISTRY/both/app:1" both)
	sign 2.5 ours "$REGISTRY/both/app@$digest"
	pull pull "$REGISTRY/both/app:1"
	is_refused "policy \"second\": no matching signatures"
	[[ $output != *'policy "first"'* ]]
	sign 2.5 theirs "$REGISTRY/both/app@$digest"
	pull pull "$REGISTRY/both/app:1"
	is_admitted
}

@test "an image no policy covers: refused" {
	push_image "$REGISTRY/nobody/app:1" nobody
	pull pull "$REGISTRY/nobody/app:1"
	is_refused "image \"$REGISTRY/nobody/app:1\": no policy covers this image"
}

@test "the older CRI service of the same runtime is no way round" {
	push_image "$REGISTRY/app/alpha:1" alpha
	pull --service runtime.v1alpha2 pull "$REGISTRY/app/alpha:1"
	is_refused "no signatures found"
}

@test "a method without its first slash is the same method" {
	pull call runtime.v1.ImageService/PullImage
	says "error 3 pullgate: malformed PullImageRequest"
	pull call /runtime.v1.ImageService/PullImage
	says "error 3 pullgate: malformed PullImageRequest"
}

@test "two hundred pulls of ten images at once: each its verdict, one look each" {
	images=()
	for i in 0 1 2 3 4 5 6 7 8 9; do
		digest=$(push_image "$REGISTRY/slow/i$i:1" "storm $i")
		images+=("$BAD/slow/i$i:1")
		[ $((i % 2)) -eq 0 ] || sign 2.5 ours "$REGISTRY/slow/i$i@$digest"
	done
	run "$CRICLIENT" --socket "$LISTEN" --copies 20 pull "${images[@]}"
	[ "${#lines[@]}" -eq 200 ]
	for i in 0 2 4 6 8; do
		[ "$(grep -c "^$BAD/slow/i$i:1 error 2 SignatureValidationFailed: .*no signatures found" <<<"$output")" -eq 20 ]
	done
	for i in 1 3 5 7 9; do
		[ "$(grep -c "^$BAD/slow/i$i:1 ok sha256:" <<<"$output")" -eq 20 ]
	done
	# The tag is read by pullgate alone, the runtime was told a digest; and the
	# signatures are looked for once, not once a pull.
	counts=$(curl -fsS "http://$BAD/_counts")
	for i in 0 1 2 3 4 5 6 7 8 9; do
		jq -e --arg path "/v2/slow/i$i/manifests/" '.[$path + "1"] == 1 and
			[to_entries[] | select(.key | startswith($path) and endswith(".sig")) | .value] == [1]' <<<"$counts"
	done
}

@test "the log has one line a decision, and all that it should have" {
	grep '"msg":"decision"' "$WORK/pullgate.log" | jq -es 'length > 200 and
		all(has("image") and has("digest") and has("namespace") and has("pod")
		and has("policy") and has("verdict") and has("cause") and has("ms")
		and has("cache"))'
	grep '"msg":"decision"' "$WORK/pullgate.log" | jq -es \
		'[.[] | select(.cache == "shared")] | length > 100'
}

@test "pullgate ends when it is told to, and leaves nothing behind" {
	pid=$(cat "$WORK/pids/pullgate")
	end pullgate
	never kill -0 "$pid"
	[ ! -e "$LISTEN" ]
	# The sanitizers' last words, if it was built with them.
	never grep -E 'Sanitizer|runtime error' "$WORK/pullgate.log"
}
