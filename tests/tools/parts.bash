# Starting and ending the real parts, making and signing images.  Sourced by the
# end-to-end tests and by the demo; everything lives below $WORK, every server
# on loopback or a Unix socket, and is ended by its process id.
# shellcheck shell=bash

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
TOOLS=$TOP/build/tools
BIN=$TOOLS/bin
export COSIGN_PASSWORD=''

# A name for each process that was started, so that it can be ended.
remember() { # name pid
	mkdir -p "$WORK/pids"
	echo "$2" >"$WORK/pids/$1"
}

end() { # name [signal]
	local file=$WORK/pids/$1 pid n
	[ -e "$file" ] || return 0
	pid=$(cat "$file")
	rm -f "$file"
	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	for n in $(seq 200); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null || true
}

end_all() {
	local file
	end_pods
	for file in "$WORK"/pids/*; do
		[ -e "$file" ] && end "$(basename "$file")"
	done
	end_shims
	awk -v w="$WORK/" 'index($2, w) == 1 { print $2 }' /proc/mounts |
		sort -r | while read -r mount; do
		umount -l "$mount" 2>/dev/null || true
	done
}

wait_for() { # seconds command...
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -gt "$end" ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# A port nobody listens on.
free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# containerd -------------------------------------------------------------

# With PAUSE, an image from push_pause, it can run pods; with VERIFIERS, a
# directory, 2.1 asks what is in there before it pulls.
start_containerd() { # version
	local version=$1 dir=$WORK/containerd-$1 pause=
	# A root of its own, and so short that its sockets' paths fit.
	mkdir -p "$dir/run" /run/containerd
	if [ "$version" = 1.6 ]; then
		[ -z "${PAUSE:-}" ] || pause="sandbox_image = \"$PAUSE\""
		cat >"$dir/config.toml" <<-TOML
		version = 2
		root = "$dir/root"
		state = "$dir/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.btrfs",
		  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
		  "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.opt",
		  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
		[grpc]
		  address = "$dir/c.sock"
		[ttrpc]
		  address = "$dir/t.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		  disable_tcp_service = true
		  stream_server_port = "0"
		  restrict_oom_score_adj = true
		  $pause
		  [plugins."io.containerd.grpc.v1.cri".containerd]
		    snapshotter = "${SNAPSHOTTER:-native}"
		  [plugins."io.containerd.grpc.v1.cri".registry]
		    config_path = "$WORK/certs.d"
		TOML
	else
		[ -z "${PAUSE:-}" ] || pause="sandbox = \"$PAUSE\""
		cat >"$dir/config.toml" <<-TOML
		version = 3
		root = "$dir/root"
		state = "$dir/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.btrfs",
		  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
		  "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
		[grpc]
		  address = "$dir/c.sock"
		[ttrpc]
		  address = "$dir/t.sock"
		[plugins.'io.containerd.cri.v1.images']
		  snapshotter = "${SNAPSHOTTER:-native}"
		  [plugins.'io.containerd.cri.v1.images'.registry]
		    config_path = "$WORK/certs.d"
		  [plugins.'io.containerd.cri.v1.images'.pinned_images]
		    $pause
		[plugins.'io.containerd.cri.v1.runtime']
		  restrict_oom_score_adj = true
		${VERIFIERS:+[plugins.'io.containerd.image-verifier.v1.bindir']
		  bin_dir = '$VERIFIERS'
		  max_verifiers = 10
		  per_verifier_timeout = '10s'}
		[plugins.'io.containerd.transfer.v1.local']
		  [[plugins.'io.containerd.transfer.v1.local'.unpack_config]]
		    platform = "linux/amd64"
		    snapshotter = "${SNAPSHOTTER:-native}"
		TOML
	fi
	mkdir -p "$WORK/certs.d"
	# Mounts of its own, which end with the last of its processes, and a
	# /run/containerd of its own: the shims' sockets have no other place.
	# shellcheck disable=SC2016 # for the inner shell
	PATH=$TOOLS/containerd-$version/usr/bin:$BIN:$PATH unshare --mount --propagation private \
		sh -c 'mount --bind "$1" /run/containerd && shift && exec "$@"' sh "$dir/run" \
		"$BIN/containerd-$version" --config "$dir/config.toml" >"$dir/log" 2>&1 3>&- &
	remember "containerd-$version" $!
	RUNTIME=$dir/c.sock
	CTR="$BIN/ctr-$version --address $RUNTIME --namespace k8s.io"
	wait_for 30 "$CRICLIENT" --socket "$RUNTIME" --timeout-ms 5000 version || {
		tail -n 20 "$dir/log" >&2
		return 1
	}
}

# Stop and remove every pod of the containerds that run, through the CRI.
end_pods() {
	local file socket pod
	for file in "$WORK"/pids/containerd-*; do
		socket=$WORK/$(basename "$file")/c.sock
		[ -S "$socket" ] || continue
		"$CRICLIENT" --socket "$socket" --timeout-ms 10000 pods 2>/dev/null |
			sed 1d | cut -d' ' -f1 | while read -r pod; do
			"$CRICLIENT" --socket "$socket" --timeout-ms 30000 stop-pod "$pod" &&
				"$CRICLIENT" --socket "$socket" --timeout-ms 30000 rmp "$pod"
		done >/dev/null 2>&1 || true
	done
}

# The processes of pods that were started below $WORK and still run: shims,
# which have containerd's socket among their arguments, and containers.
pod_processes() {
	local file
	for file in "$WORK"/containerd-*/state/io.containerd.runtime.v2.task/*/*/init.pid; do
		[ -e "$file" ] && cat "$file" && echo
	done
	for file in $(grep -lzsx -e "$WORK/containerd-[0-9.]*/c.sock" /proc/[0-9]*/cmdline); do
		file=${file%/cmdline}
		[ "$(cat "$file/comm" 2>/dev/null)" != containerd-shim ] || echo "${file#/proc/}"
	done
}

# A process that is gone or waits to be reaped.
is_over() { # pid
	! grep -qs . "/proc/$1/cmdline"
}

# What is left of pods whose containerd was killed: processes, and the cgroups
# that are empty without them.
end_shims() {
	local pid pids
	pids=$(pod_processes)
	for pid in $pids; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in $pids; do
		wait_for 5 is_over "$pid" || true
	done
	find /sys/fs/cgroup -depth -type d -regex '/sys/fs/cgroup\(/[^/]*\)?/criclient\(/.*\)?' \
		-exec rmdir {} + 2>/dev/null || true
}

# What the runtime has: image names, and every blob.
runtime_images() {
	$CTR images ls -q | sort
}

runtime_content() {
	$CTR content ls -q | sort
}

# Other runtimes -----------------------------------------------------------

# A server that behaves as CRI-O; sets RUNTIME.  Its calls are in $WORK/crio.log,
# a line of JSON each.
start_crio() { # [flags...]
	RUNTIME=$WORK/crio.sock
	rm -f "$RUNTIME"
	"$TOOLS/crio" -socket "$RUNTIME" -registry "$REGISTRY" -log "$WORK/crio.log" "$@" \
		>"$WORK/crio.out" 2>&1 3>&- &
	remember crio $!
	wait_for 10 test -S "$RUNTIME" || {
		cat "$WORK/crio.out" >&2
		return 1
	}
}

# An image service in front of another, as stargz's and nydus's keychains; sets
# IMAGEPROXY, its socket.  What it was asked is in $WORK/imageproxy.log, a line
# "METHOD REFERENCE" each.
start_imageproxy() { # [backend-socket]
	IMAGEPROXY=$WORK/imageproxy.sock
	rm -f "$IMAGEPROXY"
	"$TOOLS/imageproxy" -socket "$IMAGEPROXY" -backend "${1:-$RUNTIME}" \
		-log "$WORK/imageproxy.log" >"$WORK/imageproxy.out" 2>&1 3>&- &
	remember imageproxy $!
	wait_for 10 test -S "$IMAGEPROXY" || {
		cat "$WORK/imageproxy.out" >&2
		return 1
	}
}

# Registries -------------------------------------------------------------

# An open docker-registry; sets REGISTRY.
start_registry() { # [name [environment...]]
	local name=${1:-registry} port dir
	dir=$WORK/$name
	port=$(free_port)
	mkdir -p "$dir"
	cat >"$dir/config.yml" <<-YAML
	version: 0.1
	log: {level: warn}
	storage: {filesystem: {rootdirectory: $dir/data}, delete: {enabled: true}}
	http: {addr: 127.0.0.1:$port}
	YAML
	shift || true
	env OTEL_TRACES_EXPORTER=none "$@" "$BIN/docker-registry" serve \
		"$dir/config.yml" >"$dir/log" 2>&1 3>&- &
	remember "$name" $!
	REGISTRY=127.0.0.1:$port
	wait_for 10 curl -ks -o /dev/null "http://$REGISTRY/v2/" || {
		tail -n 20 "$dir/log" >&2
		return 1
	}
}

# Images -----------------------------------------------------------------

# Put a blob into a registry.  Prints its digest.
push_blob() { # base-url file
	local digest url
	digest=sha256:$(sha256sum "$2" | cut -d' ' -f1)
	url=$(curl -fsS $CURL_OPTS -X POST -o /dev/null -w '%header{location}' "$1/blobs/uploads/")
	[[ $url == http* ]] || url=${1%%/v2/*}$url
	case $url in *\?*) url="$url&digest=$digest" ;; *) url="$url?digest=$digest" ;; esac
	curl -fsS $CURL_OPTS -X PUT -H 'Content-Type: application/octet-stream' \
		--data-binary "@$2" "$url" >/dev/null
	echo "$digest"
}

push_manifest() { # base-url file reference [media-type]
	curl -fsS $CURL_OPTS -X PUT --data-binary "@$2" \
		-H "Content-Type: ${4:-application/vnd.oci.image.manifest.v1+json}" \
		"$1/manifests/$3" >/dev/null
	echo "sha256:$(sha256sum "$2" | cut -d' ' -f1)"
}

# Put an OCI layout into a repository of $REGISTRY.
# Every blob, then the manifests that name no others, then those that do.
load_layout() { # directory repository
	local base=http://$REGISTRY/v2/$2 file digest type
	for file in "$1"/blobs/sha256/*; do
		push_blob "$base" "$file" >/dev/null
	done
	for type in image.manifest image.index; do
		for file in "$1"/blobs/sha256/*; do
			[ "$(jq -r '.mediaType? // empty' "$file" 2>/dev/null)" = \
				"application/vnd.oci.$type.v1+json" ] || continue
			push_manifest "$base" "$file" "sha256:$(basename "$file")" \
				"application/vnd.oci.$type.v1+json" >/dev/null
		done
	done
	jq -r '.manifests[] | [.digest, .mediaType, .annotations."org.opencontainers.image.ref.name" // empty] | @tsv' \
		"$1/index.json" | while IFS=$'\t' read -r digest type tag; do
		[ -n "$tag" ] || continue
		push_manifest "$base" "$1/blobs/sha256/${digest#sha256:}" "$tag" "$type" >/dev/null
	done
}

CURL_OPTS=

# An image of one layer: what is below the directory root.  Prints its digest.
# HISTORY is text that makes its config longer.
push_root() { # reference directory config-object
	local ref=$1 dir=$2 host path tag base config layer diff
	host=${ref%%/*}
	path=${ref#*/}
	tag=${path##*:}
	path=${path%:*}
	base=${SCHEME:-http}://$host/v2/$path
	(cd "$dir/root" && tar --sort=name --mtime=@0 --owner=0 --group=0 -cf "$dir/layer.tar" -- *)
	diff=sha256:$(sha256sum "$dir/layer.tar" | cut -d' ' -f1)
	gzip -n "$dir/layer.tar"
	layer=$(push_blob "$base" "$dir/layer.tar.gz")
	printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["%s"]},"history":[{"comment":"%s"}]}' \
		"$3" "$diff" "${HISTORY:-}" >"$dir/config.json"
	config=$(push_blob "$base" "$dir/config.json")
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}' \
		"$config" "$(stat -c %s "$dir/config.json")" \
		"$layer" "$(stat -c %s "$dir/layer.tar.gz")" >"$dir/manifest.json"
	push_manifest "$base" "$dir/manifest.json" "$tag"
	rm -rf "$dir"
}

# A small image with one file; different text, different image.
push_image() { # reference text
	local dir
	dir=$(mktemp -d "$WORK/image.XXXXXX")
	mkdir "$dir/root"
	echo "$2" >"$dir/root/hello"
	push_root "$1" "$dir" '{"Cmd":["/hello"]}'
}

# An image that can be run: a shell, and the text in /hello.  Left to itself it
# says the text and waits.
push_busybox() { # reference text [entrypoint...]
	local ref=$1 text=$2 dir
	shift 2
	[ $# -gt 0 ] || set -- /bin/sh -c '/bin/busybox cat /hello; exec /bin/busybox sleep 3600'
	dir=$(mktemp -d "$WORK/image.XXXXXX")
	mkdir -p "$dir/root/bin"
	cp -L "$BIN/busybox" "$dir/root/bin/busybox"
	ln -s busybox "$dir/root/bin/sh"
	echo "$text" >"$dir/root/hello"
	push_root "$ref" "$dir" "$(jq -nc '{Entrypoint: $ARGS.positional}' --args -- "$@")"
}

# An image for PAUSE.
push_pause() { # reference
	push_busybox "$1" pause /bin/busybox sleep 86400
}

# Keys and signatures ------------------------------------------------------

# A cosign key pair: $WORK/keys/NAME.key and .pub
make_key() { # name
	mkdir -p "$WORK/keys"
	(cd "$WORK/keys" && "$BIN/cosign-2.5" generate-key-pair \
		--output-key-prefix "$1" >/dev/null 2>&1)
}

# Sign in one of cosign's forms: 2.5 (older form), 3.1 (bundle as a referrer),
# 3.1-legacy (older form, by cosign 3).
sign() { # form key reference@digest [cosign flags...]
	local form=$1 key=$WORK/keys/$2.key ref=$3
	shift 3
	case $form in
	2.5)
		"$BIN/cosign-2.5" sign --key "$key" --tlog-upload=false --yes \
			--allow-insecure-registry "$@" "$ref"
		;;
	3.1)
		[ -e "$WORK/signing.json" ] || "$BIN/cosign-3.1" signing-config \
			create --out "$WORK/signing.json"
		"$BIN/cosign-3.1" sign --key "$key" --yes --allow-insecure-registry \
			--signing-config "$WORK/signing.json" "$@" "$ref"
		;;
	3.1-legacy)
		"$BIN/cosign-3.1" sign --key "$key" --yes --allow-insecure-registry \
			--use-signing-config=false --new-bundle-format=false \
			--tlog-upload=false "$@" "$ref"
		;;
	esac >"$WORK/cosign.log" 2>&1 3>&- || {
		cat "$WORK/cosign.log" >&2
		return 1
	}
}

# A sigstore of one's own; sets LAB, its URL.  What signs needs is in $WORK/lab.
start_sigstore() {
	/usr/bin/python3 "$TOP/tests/tools/sigstorelab/serve.py" "$WORK/lab" \
		>"$WORK/lab.out" 2>"$WORK/lab.log" 3>&- &
	remember sigstore $!
	wait_for 20 grep -q : "$WORK/lab.out" || {
		cat "$WORK/lab.log" >&2
		return 1
	}
	LAB=$(cat "$WORK/lab.out")
}

# Sign without a key, as somebody for whom there is a token.
sign_keyless() { # v1|v1-tsa|v2-tsa ci|dev reference@digest [cosign flags...]
	local config=$WORK/lab/signing-$1.json token=$WORK/lab/token-$2 ref=$3
	shift 3
	"$BIN/cosign-3.1" sign --yes --allow-insecure-registry --signing-config "$config" \
		--trusted-root "$WORK/lab/trusted_root.json" --identity-token "$(cat "$token")" \
		"$@" "$ref" >"$WORK/cosign.log" 2>&1 3>&- || {
		cat "$WORK/cosign.log" >&2
		return 1
	}
}

# A bundle as a referrer of an image, where the registry has no Referrers API.
push_bundle() { # repository digest bundle-file
	local base=http://$1 type=application/vnd.dev.sigstore.bundle.v0.3+json dir blob size manifest
	base=http://${1%%/*}/v2/${1#*/}
	dir=$(mktemp -d "$WORK/bundle.XXXXXX")
	printf '{}' >"$dir/empty"
	push_blob "$base" "$dir/empty" >/dev/null
	blob=$(push_blob "$base" "$3")
	size=$(curl -fsSI -H 'Accept: application/vnd.oci.image.manifest.v1+json' "$base/manifests/$2" |
		tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ength: //p')
	jq -nc --arg t "$type" --arg d "$blob" --argjson n "$(stat -c %s "$3")" --arg s "$2" --argjson m "$size" '{
		schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: $t,
		config: {mediaType: "application/vnd.oci.empty.v1+json", size: 2,
			digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		layers: [{mediaType: $t, digest: $d, size: $n}],
		subject: {mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $s, size: $m}}' >"$dir/manifest"
	manifest=sha256:$(sha256sum "$dir/manifest" | cut -d' ' -f1)
	push_manifest "$base" "$dir/manifest" "$manifest" >/dev/null
	jq -nc --arg d "$manifest" --argjson n "$(stat -c %s "$dir/manifest")" '{
		schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
		manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $n}]}' >"$dir/index"
	push_manifest "$base" "$dir/index" "${2/:/-}" application/vnd.oci.image.index.v1+json >/dev/null
	rm -rf "$dir"
}

# pullgate -----------------------------------------------------------------

# A policy that asks for one of our keys' signatures.
policy() { # name key images... ; EXTRA is more of its spec
	local name=$1 key=$2
	shift 2
	mkdir -p "$WORK/policies"
	{
		echo "apiVersion: pullgate.dev/v1"
		echo "kind: ImagePolicy"
		echo "metadata: {name: $name}"
		echo "spec:"
		echo "  images:"
		printf '    - "%s"\n' "$@"
		[ -z "${EXTRA:-}" ] || printf '%s\n' "$EXTRA"
		echo "  attestors:"
		echo "    - entries:"
		echo "        - keys:"
		echo "            publicKeys: |"
		sed 's/^/              /' "$WORK/keys/$key.pub"
		echo "          rekor: {ignoreTlog: true}"
		[ -z "${ENTRY:-}" ] || printf '%s\n' "$ENTRY"
	} >"$WORK/policies/$name.yaml"
}

# Extra lines of its configuration come in CONFIG.
start_pullgate() {
	LISTEN=$WORK/p.sock
	cat >"$WORK/config.yaml" <<-YAML
	listen: unix://$LISTEN
	runtime: unix://$RUNTIME
	policies: [$WORK/policies]
	drainTimeout: 1s
	${CONFIG:-cache: {negativeTtl: 0s\}}
	YAML
	"$PULLGATE" serve --config "$WORK/config.yaml" 2>>"$WORK/pullgate.log" 3>&- &
	remember pullgate $!
	# shellcheck disable=SC2086 # a call in words
	wait_for 10 "$CRICLIENT" --socket "$LISTEN" --timeout-ms 5000 ${LIVE_CALL:-version} || {
		tail -n 20 "$WORK/pullgate.log" >&2
		return 1
	}
}

# The same before an image service that is no runtime.
start_pullgate_for_images() {
	LIVE_CALL=list start_pullgate
}

# A docker-registry behind TLS that wants a password; sets TLS_REGISTRY.
start_tls_registry() {
	local dir=$WORK/tls port
	port=$(free_port)
	mkdir -p "$dir"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$dir/key.pem" -out "$dir/ca.pem" -days 2 -subj /CN=registry \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null
	# bcrypt, by the C library.
	perl -e 'print "puller:", crypt("s3cret", q($2y$05$abcdefghijklmnopqrstuu)), "\n"' \
		>"$dir/htpasswd"
	cat >"$dir/config.yml" <<-YAML
	version: 0.1
	log: {level: warn}
	storage: {filesystem: {rootdirectory: $dir/data}}
	http:
	  addr: 127.0.0.1:$port
	  tls: {certificate: $dir/ca.pem, key: $dir/key.pem}
	auth: {htpasswd: {realm: test, path: $dir/htpasswd}}
	YAML
	env OTEL_TRACES_EXPORTER=none "$BIN/docker-registry" serve "$dir/config.yml" \
		>"$dir/log" 2>&1 3>&- &
	remember tls $!
	TLS_REGISTRY=127.0.0.1:$port
	wait_for 10 curl -ks -o /dev/null "https://$TLS_REGISTRY/v2/"
	mkdir -p "$WORK/certs.d/$TLS_REGISTRY"
	printf 'server = "https://%s"\n[host."https://%s"]\n  ca = "%s"\n' \
		"$TLS_REGISTRY" "$TLS_REGISTRY" "$dir/ca.pem" \
		>"$WORK/certs.d/$TLS_REGISTRY/hosts.toml"
}
