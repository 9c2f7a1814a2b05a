#!/usr/bin/env bats
# The container image, the DaemonSet's manifests, and its installer: the pod of the
# manifest runs on a node in a box, where systemd is real.

bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# shellcheck source=tests/tools/node.bash
. "$TOP/tests/tools/node.bash"
DIR=$TOP/build/e2e/deploy
NODE=$DIR/node
DEPLOY=$TOP/plugin/deploy/kubernetes
CRICLIENT=${CRICLIENT:-$TOP/build/criclient}
export NODE_NAME=deploy
# Of who runs these tests; the program of the image is another build than theirs.
unset MAKEFLAGS MAKELEVEL MFLAGS
BUILD=${PACKAGE_B:-build}

setup_file() {
	. "$TOP/tests/tools/node.bash"
	rm -rf "$DIR"
	mkdir -p "$NODE"
	quiet make -C "$TOP" --no-print-directory B="$BUILD" IMAGE="$DIR/image" image
	quiet make -C "$TOP" --no-print-directory B="$BUILD" build/tools/crio
	quiet umoci unpack --image "$DIR/image:0.1.0" "$DIR/bundle"
	make_node
	mv "$DIR/bundle/rootfs" "$NODE/root/root/image"
	give_runtime
	boot_node
	feed "$(policies)" "$(config)"
	start_pod /root/image
}

teardown_file() {
	end_pod || true
	halt_node
	rm -rf "$DIR"
}

setup() {
	node_leader
	POD=$(sed -n '1s/^\([0-9]*\)$/\1/p' "$NODE/pod.log")
}

teardown() {
	touch "$DIR/enough"
}

# What it prints is wanted only if it fails.
quiet() {
	local out
	out=$("$@" 2>&1) || {
		echo "$*"
		tail -n 30 <<<"$out"
		return 1
	}
}

has() {
	[[ $output == *"$1"* ]] || {
		printf 'not there: %s\n%s\n' "$1" "$output"
		return 1
	}
}

# Something that answers as a runtime does.
give_runtime() {
	cp "$TOP/build/tools/crio" "$NODE/root/usr/local/bin/crio"
	cat >"$NODE/root/etc/systemd/system/containerd.service" <<-'UNIT'
	[Service]
	ExecStartPre=/bin/mkdir -p /run/containerd
	ExecStart=/usr/local/bin/crio -socket /run/containerd/containerd.sock -registry 127.0.0.1:1 -log /run/crio.log
	[Install]
	WantedBy=multi-user.target
	UNIT
	mkdir -p "$NODE/root/etc/systemd/system/multi-user.target.wants"
	ln -s ../containerd.service "$NODE/root/etc/systemd/system/multi-user.target.wants/"
}

# The text of a ConfigMap's key.
of_manifest() { # file key
	/usr/bin/python3 -c 'import sys, yaml
print(yaml.safe_load(open(sys.argv[1]))["data"][sys.argv[2]], end="")' "$DEPLOY/gate/$1" "$2"
}

policies() {
	of_manifest policies.yaml known-registries.yaml
}

config() {
	of_manifest config.yaml config.yaml
}

# Nothing of a registry may be pulled; decided without asking anybody.
closed() { # registry
	cat <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: closed}
	spec:
	  images: ["$1/**"]
	  action: enforce
	  reference:
	    allow: ["elsewhere.example.net/**"]
	YAML
}

# How many states of the ConfigMaps the node keeps.
sets() {
	find "$NODE"/root/etc/pullgate/sets -mindepth 1 -maxdepth 1 | wc -l
}

# Other contents of the ConfigMaps.
feed() { # policies config
	rm -rf "$DIR/feed"
	mkdir -p "$DIR/feed/policies" "$DIR/feed/config"
	printf '%s\n' "$1" >"$DIR/feed/policies/policies.yaml"
	printf '%s\n' "$2" >"$DIR/feed/config/config.yaml"
	volume pullgate-policies "$DIR/feed/policies"
	volume pullgate-config "$DIR/feed/config"
}

# The probe, until it says so.
until_ready() { # [seconds]
	local end=$((SECONDS + ${1:-30}))
	until probe >"$DIR/probe" 2>&1; do
		[ "$SECONDS" -le "$end" ] || {
			cat "$DIR/probe" "$NODE/pod.log"
			on_node journalctl -u pullgate -n 20 --no-pager
			return 1
		}
		sleep 0.3
	done
}

until_unready() { # words
	local end=$((SECONDS + 30))
	until ! probe >"$DIR/probe" 2>&1 && grep -qF -- "$1" "$DIR/probe"; do
		[ "$SECONDS" -le "$end" ] || {
			cat "$DIR/probe" "$NODE/pod.log"
			return 1
		}
		sleep 0.3
	done
}

criclient() {
	"$CRICLIENT" --socket "$(of_node /run/pullgate/cri.sock)" --timeout-ms 10000 "$@"
}

# Is a pull refused by the policy above?
is_closed() { # registry
	run criclient pull "$1/app:1"
	[ "$status" -eq 1 ]
	has 'SignatureValidationFailed: image "'"$1"'/app:1": policy "closed": '
}

main_pid() {
	on_node systemctl show -P MainPID pullgate.service
}

# Calls all the while; each that does not succeed is a line in $DIR/missed.
begin_calls() {
	rm -f "$DIR/enough"
	: >"$DIR/missed"
	: >"$DIR/calls"
	while [ ! -e "$DIR/enough" ] && [ -d "$NODE" ]; do
		criclient version >/dev/null 2>>"$DIR/missed" || echo "failed" >>"$DIR/missed"
		echo >>"$DIR/calls"
	done 3>&- &
	CALLS=$!
}

end_calls() {
	touch "$DIR/enough"
	wait "$CALLS"
	[ "$(wc -l <"$DIR/calls")" -gt 10 ]
	if [ -s "$DIR/missed" ]; then
		cat "$DIR/missed"
		return 1
	fi
}

# The image with another version in its name.
renamed_image() { # version directory
	local old
	cp -a "$NODE/root/root/image" "$2"
	old=$(readlink "$2/opt/pullgate/current")
	mv "$2/opt/pullgate/$old" "$2/opt/pullgate/$1-0123456789ab"
	ln -sfn "$1-0123456789ab" "$2/opt/pullgate/current"
}

# --- the image

@test "an OCI image from scratch, for nobody in particular" {
	run skopeo inspect --config "oci:$DIR/image:0.1.0"
	[ "$status" -eq 0 ]
	jq -e '.config.User == "65532:65532" and .os == "linux" and (.rootfs.diff_ids | length) == 1
		and .config.Entrypoint == ["/usr/bin/pullgate"]
		and .config.Labels["org.opencontainers.image.licenses"] == "Apache-2.0"' <<<"$output"
	# What is in it is in its place, and all of it root's and nobody else's to write.
	run find "$NODE/root/root/image" ! -type l ! -path '*/tmp' -perm /0022
	[ -z "$output" ]
	run find "$NODE/root/root/image" \( ! -uid 0 -o ! -gid 0 -o -perm /6000 \)
	[ -z "$output" ]
	run chroot "$NODE/root/root/image" /usr/bin/pullgate version
	[ "$output" = "pullgate 0.1.0" ]
	# No link leads nowhere.
	run chroot "$NODE/root/root/image" /usr/bin/find / -xdev -type l ! -exec /usr/bin/busybox test -e {} \; -print
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the same digest from another directory, at another time, by another user's habits" {
	local other=$DIR/other first
	first=$(jq -r '.manifests[0].digest' "$DIR/image/index.json")
	mkdir -p "$other/build"
	(cd "$TOP" && git ls-files -z | tar --null -T - -cf - --ignore-failed-read) | tar -C "$other" -xf -
	ln -s "$TOP/build/tools" "$other/build/tools"
	(
		umask 077
		export TZ=Asia/Tokyo LC_ALL=C.UTF-8
		export GIT_DIR GIT_WORK_TREE=$TOP
		GIT_DIR=$(git -C "$TOP" rev-parse --absolute-git-dir)
		quiet make -C "$other" --no-print-directory B=build IMAGE="$other/image" image
	)
	[ "$(jq -r '.manifests[0].digest' "$other/image/index.json")" = "$first" ]
	diff -r "$DIR/image" "$other/image"
	cmp "$DIR/image.spdx.json" "$other/image.spdx.json"
	rm -rf "$other"
}

@test "the list of packages is SPDX 2.3, whole, and refers to the image" {
	local sbom=$DIR/image.spdx.json image
	jq -e '
		def text: type == "string" and . != "";
		.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT"
		and (.name | text) and (.documentNamespace | test("^https://[^#]+$"))
		and (.creationInfo.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"))
		and (.creationInfo.creators | length > 0 and all(test("^(Tool|Person|Organization): ")))
		and (.packages | all((.name | text) and (.SPDXID | test("^SPDXRef-[A-Za-z0-9.-]+$"))
			and (.downloadLocation | text) and .filesAnalyzed == false and (.licenseDeclared | text)))' "$sbom"
	# Names are there once, and every name that is used is there.
	jq -e '([.packages[].SPDXID] | length == (unique | length))
		and (([.relationships[] | .spdxElementId, .relatedSpdxElement] | unique)
			- ([.packages[].SPDXID] + [.SPDXID]) == [])
		and (([.packages[].SPDXID] - [.relationships[].relatedSpdxElement]) == [])
		and ([.packages[].licenseDeclared | scan("LicenseRef-[A-Za-z0-9.-]+")] | unique)
			== ([.hasExtractedLicensingInfos[].licenseId] | unique)
		and ([.hasExtractedLicensingInfos[] | .extractedText != ""] | all)' "$sbom"
	# The versions that are installed here, for what is linked in as for what is copied.
	local package
	for package in libssl3 libcurl4 libc6 libgrpc-dev; do
		[ "$(jq -r --arg p "$package" '.packages[] | select(.name == $p).versionInfo' "$sbom")" = \
			"$(dpkg-query -W -f '${Version}' "$package")" ]
	done
	[ "$(jq -r '.packages[] | select(.name == "libssl3").licenseDeclared' "$sbom" | cut -d' ' -f1)" = Apache-2.0 ]
	# Every library of the image is some package's.
	jq -r '.packages[].name' "$sbom" | sort >"$DIR/named"
	(cd "$NODE/root/root/image/opt/pullgate/current/lib" && ls) | while read -r file; do
		dpkg -S "*/$file" | cut -d: -f1 | sort -u | grep -qxFf "$DIR/named"
	done
	# In the image, and in the layout as what refers to it.
	cmp "$sbom" "$NODE/root/root/image/usr/share/doc/pullgate/sbom.spdx.json"
	image=$(jq -r '.manifests[0].digest' "$DIR/image/index.json")
	jq -r '.manifests[1].digest | ltrimstr("sha256:")' "$DIR/image/index.json" >"$DIR/referrer"
	jq -e --arg image "$image" --arg sum "sha256:$(sha256sum <"$sbom" | cut -d' ' -f1)" '
		.subject.digest == $image and .artifactType == "application/spdx+json"
		and .layers[0].digest == $sum' "$DIR/image/blobs/sha256/$(cat "$DIR/referrer")"
}

@test "the program runs on a node that has none of its libraries" {
	local root=$DIR/empty
	mkdir -p "$root/opt"
	cp -a "$NODE/root/root/image/opt/pullgate" "$root/opt/"
	run chroot "$root" /opt/pullgate/current/run version
	[ "$status" -eq 0 ]
	[ "$output" = "pullgate 0.1.0" ]
	# The node's roots before the image's, wherever they are.
	mkdir -p "$root/etc/pki/tls/certs"
	printf '#!/opt/pullgate/current/bin/busybox sh\necho "$SSL_CERT_FILE"\n' >"$root/opt/show"
	sed "s|^exec .*|exec /opt/pullgate/current/bin/busybox sh /opt/show|" \
		"$root/opt/pullgate/current/run" >"$root/opt/run"
	chmod +x "$root/opt/run"
	run env -u SSL_CERT_FILE chroot "$root" /opt/run
	[ "$output" = /opt/pullgate/current/share/ca-certificates.crt ]
	echo x >"$root/etc/pki/tls/certs/ca-bundle.crt"
	run env -u SSL_CERT_FILE chroot "$root" /opt/run
	[ "$output" = /etc/pki/tls/certs/ca-bundle.crt ]
	run env SSL_CERT_FILE=/mine chroot "$root" /opt/run
	[ "$output" = /mine ]
	rm -rf "$root"
}

# --- the manifests

@test "the manifests have what a DaemonSet of the node needs, and no more" {
	run /usr/bin/python3 "$TOP/tests/tools/manifests.py" "$DEPLOY"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "fine" ]
}

@test "what the ConfigMaps hold is what the installer takes" {
	mkdir -p "$DIR/given/config" "$DIR/given/policies"
	config >"$DIR/given/config/config.yaml"
	policies >"$DIR/given/policies/known-registries.yaml"
	PULLGATE=$TOP/$BUILD/pullgate run "$DEPLOY/install" check "$DIR/given/config" "$DIR/given/policies"
	[ "$status" -eq 0 ]
	[ "$output" = "fine" ]
	# The other policy that is shown there, too.
	sed -n 's/^  # \(  .*\)/\1/p' "$DEPLOY/gate/policies.yaml" | sed -n 's/^  //p' |
		sed '/PUBLIC KEY/d' >"$DIR/given/policies/pullgate.yaml"
	openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkey -pubout \
		>"$DIR/given/policies/release.pub"
	grep -q 'file: release.pub' "$DIR/given/policies/pullgate.yaml"
	PULLGATE=$TOP/$BUILD/pullgate run "$DEPLOY/install" check "$DIR/given/config" "$DIR/given/policies"
	echo "$output"
	[ "$status" -eq 0 ]
}

# --- the installer, on a node

@test "the pod installs the gate, and is ready when it answers" {
	until_ready 60
	on_node systemctl is-active pullgate.service pullgate.socket
	on_node systemctl is-enabled pullgate.service pullgate.socket
	run criclient version
	[ "$status" -eq 0 ]
	# In audit: what would be refused is let through to the runtime.
	run criclient pull nowhere.example.com/app:1
	[[ $output != *SignatureValidationFailed* ]]
	on_node journalctl -u pullgate -o cat | grep '"decision"' | grep '"verdict":"overlooked"'
	# Nothing is served under a name that is not complete.
	(cd "$NODE/root/opt/pullgate/current/" && sha256sum -c --quiet files.sha256)
	[ "$(readlink "$NODE/root/etc/pullgate/policies")" = current/policies ]
}

@test "the pod has no capability, and sees no process of the node" {
	grep -E '^Cap[A-Z][a-z][a-z]:' "/proc/$POD/status" >"$DIR/caps"
	[ "$(wc -l <"$DIR/caps")" -eq 5 ]
	run grep -v '0000000000000000$' "$DIR/caps"
	[ -z "$output" ]
	grep -q '^NoNewPrivs:.*1' "/proc/$POD/status"
	run nsenter -t "$POD" -m -p -- /usr/bin/busybox sh -c 'echo x >/etc/passwd'
	[ "$status" -ne 0 ]
	run nsenter -t "$POD" -m -p -- /usr/bin/busybox ls /host/run
	[ "$output" = pullgate-metrics ]
}

@test "a kubelet that cannot be pointed at the gate: the pod says what the node said" {
	end_pod
	start_pod /root/image --env KUBELET=enable --env KUBELET_FLAGS=--nosuchflag
	until_unready 'the kubelet could not be pointed at the gate: '
	grep -qE 'could not be pointed at the gate: .{10}' "$DIR/probe"
	[ ! -e "$NODE/root/etc/systemd/system/pullgate-once.service" ]
	on_node systemctl is-active pullgate.service
	end_pod
	start_pod /root/image
	until_ready
}

@test "systemd is asked for no more than the verbs there are" {
	local unitctl=$NODE/root/root/image/usr/bin/unitctl
	for words in "" "status" "start" "daemon-reload now" "poweroff"; do
		# shellcheck disable=SC2086 # words
		run "$unitctl" $words
		[ "$status" -eq 2 ]
		has 'usage: unitctl VERB [UNIT]...; verbs: daemon-reload start '
	done
	run nsenter -t "$POD" -m -p -- /usr/bin/unitctl start nosuch.service
	[ "$status" -eq 1 ]
	[ "$output" = "unitctl: start nosuch.service: Unit nosuch.service not found." ]
	run nsenter -t "$POD" -m -p -- /usr/bin/unitctl is-active nosuch.service
	[ "$status" -eq 1 ]
	[ "$output" = inactive ]
}

@test "other policies are in force whole, without a restart" {
	local pid
	pid=$(main_pid)
	feed "$(closed r.example.com)" "$(config)"
	for _ in $(seq 100); do
		is_closed r.example.com >/dev/null && break
		sleep 0.2
	done
	is_closed r.example.com
	until_ready
	[ "$(main_pid)" = "$pid" ]
	[ "$(sets)" -le 2 ]
}

@test "policies with a mistake leave those before in force, and the probe says why" {
	feed "$(closed other.example.com | sed 's/enforce/enforced/')" "$(config)"
	until_unready 'policies/policies.yaml:6:11: action must be enforce, warn or audit, not "enforced"'
	grep -q 'action must be enforce' "$NODE/pod.log"
	is_closed r.example.com
	run criclient pull other.example.com/app:1
	[[ $output != *SignatureValidationFailed* ]]
	# The pod is replaced meanwhile: what is in force stays.
	end_pod
	start_pod /root/image
	until_unready 'action must be enforce'
	is_closed r.example.com
	feed "$(closed r.example.com)" "$(config)"
	until_ready
}

@test "a volume that is too large is not taken" {
	local padding
	padding=$(head -c 1100000 /dev/zero | tr '\0' '#')
	feed "$(closed other.example.com)
$padding" "$(config)"
	until_unready 'policies: 1100'
	grep -q 'at most 1048576 are taken' "$DIR/probe"
	is_closed r.example.com
	feed "$(closed r.example.com)" "$(config)"
	until_ready
}

@test "another configuration restarts the program, and no call is lost" {
	local pid
	pid=$(main_pid)
	begin_calls
	feed "$(closed r.example.com)" "$(config)
logLevel: debug"
	for _ in $(seq 100); do
		[ "$(main_pid)" = "$pid" ] || break
		sleep 0.2
	done
	until_ready
	end_calls
	[ "$(main_pid)" != "$pid" ]
	on_node journalctl -u pullgate -o cat | grep -q '"level":"debug"'
}

@test "a configuration with a mistake is not taken: known before, and known only at the start" {
	local pid
	pid=$(main_pid)
	feed "$(closed r.example.com)" "$(config)
nosuchkey: 1"
	until_unready 'config.yaml:'
	grep -q nosuchkey "$DIR/probe"
	[ "$(main_pid)" = "$pid" ]
	feed "$(closed r.example.com)" "$(config)
metrics: 127.0.0.1:9461"
	until_unready 'metrics must be unix:///run/pullgate-metrics/metrics.sock'
	[ "$(main_pid)" = "$pid" ]
	# The unit may not write there, which only the start shows.
	feed "$(closed r.example.com)" "$(config)
audit: /usr/audit.jsonl"
	until_unready 'what was before is in force'
	is_closed r.example.com
	on_node systemctl is-active pullgate.service
	# What failed is not kept.
	[ "$(sets)" -le 2 ]
	feed "$(closed r.example.com)" "$(config)"
	until_ready
}

@test "what was before does not start either: the pod does not say that it is in force" {
	# Somebody has been at it on the node.
	echo 'audit: /usr/audit.jsonl' >>"$NODE/root/etc/pullgate/current/config/config.yaml"
	feed "$(closed r.example.com)" "$(config)
audit: /usr/another.jsonl"
	until_unready 'neither does what was before: nothing is in force'
	run grep -F 'what was before is in force' "$DIR/probe"
	[ -z "$output" ]
	[ "$(sets)" -le 2 ]
	feed "$(closed r.example.com)" "$(config)"
	until_ready
	is_closed r.example.com
}

@test "keys that begin with a dot: a policy is a mistake, the rest is taken" {
	feed "$(closed r.example.com)" "$(config)"
	closed dot.example.com | sed 's/closed/hidden/' >"$DIR/feed/policies/.hidden.yaml"
	volume pullgate-policies "$DIR/feed/policies"
	until_unready 'policies/.hidden.yaml: its name begins with a dot, and such a policy is not read'
	is_closed r.example.com
	# As a Secret of the type kubernetes.io/dockerconfigjson has it.
	mkdir -p "$DIR/credentials"
	echo '{"auths": {"r.example.com": {"auth": "bWU6bWluZQ=="}}}' >"$DIR/credentials/.dockerconfigjson"
	volume pullgate-credentials "$DIR/credentials"
	feed "$(closed r.example.com)" "$(config)
registries:
  r.example.com: {credentials: /etc/pullgate/credentials/.dockerconfigjson}"
	until_ready
	cmp "$DIR/credentials/.dockerconfigjson" \
		"$NODE/root/etc/pullgate/current/credentials/.dockerconfigjson"
	[ "$(stat -L -c %a "$NODE/root/etc/pullgate/current/credentials/.dockerconfigjson")" = 600 ]
	# The kubelet's own are not.
	run find "$NODE/root/etc/pullgate/current/" -name '..*'
	[ -z "$output" ]
	feed "$(closed r.example.com)" "$(config)"
	rm -r "$NODE/root/root/volumes/pullgate-credentials"/{.,..}[!.]*
	until_ready
}

@test "a newer image takes over, and no call is lost" {
	local old
	old=$(readlink "$NODE/root/opt/pullgate/current")
	renamed_image 0.10.0 "$NODE/root/root/newer"
	begin_calls
	end_pod
	start_pod /root/newer
	for _ in $(seq 100); do
		[ "$(readlink "$NODE/root/opt/pullgate/current")" = "$old" ] || break
		sleep 0.2
	done
	until_ready
	end_calls
	[ "$(readlink "$NODE/root/opt/pullgate/current")" = 0.10.0-0123456789ab ]
	[ "$(readlink "$NODE/root/opt/pullgate/previous")" = "$old" ]
	is_closed r.example.com
}

@test "an older image does not take it back, unless it is told to, and feeds it all the same" {
	end_pod
	start_pod /root/image
	until_unready "the node has pullgate 0.10.0, which is later than this image's 0.1.0 and stays"
	[ "$(readlink "$NODE/root/opt/pullgate/current")" = 0.10.0-0123456789ab ]
	feed "$(closed skew.example.com)" "$(config)"
	for _ in $(seq 100); do
		is_closed skew.example.com >/dev/null && break
		sleep 0.2
	done
	is_closed skew.example.com
	until_unready "which is later than this image's"
	feed "$(closed r.example.com)" "$(config)"
	end_pod
	start_pod /root/image --env DOWNGRADE=yes
	until_ready
	[[ $(readlink "$NODE/root/opt/pullgate/current") == 0.1.0-* ]]
	is_closed r.example.com
}

# A unit that does not start, in a tree that is whole.
spoil() { # tree
	sed -i 's|serve --config .*|serve --config /nonexistent.yaml|' "$1/units/pullgate.service"
	(cd "$1" && find . -type f ! -name files.sha256 -exec sha256sum {} +) >"$DIR/sums"
	cp "$DIR/sums" "$1/files.sha256"
}

@test "an image whose program does not start: the node goes back, the pod says so" {
	local old
	old=$(readlink "$NODE/root/opt/pullgate/current")
	renamed_image 0.11.0 "$NODE/root/root/broken"
	spoil "$NODE/root/root/broken/opt/pullgate/0.11.0-0123456789ab"
	end_pod
	start_pod /root/broken
	until_unready 'does not start on this node, and what was before is in force'
	[ "$(readlink "$NODE/root/opt/pullgate/current")" = "$old" ]
	is_closed r.example.com
	rm -rf "$NODE/root/root/newer" "$NODE/root/root/broken"
	end_pod
	start_pod /root/image
	until_ready
}

@test "a damaged program stays until there is one that is whole" {
	local opt=$NODE/root/opt/pullgate tree pid
	tree=$(readlink "$opt/current")
	cp -a "$NODE/root/root/image" "$NODE/root/root/broken"
	echo x >>"$NODE/root/root/broken/opt/pullgate/$tree/share/LICENSE"
	echo y >>"$opt/$tree/share/LICENSE"
	pid=$(main_pid)
	end_pod
	start_pod /root/broken
	until_unready "pullgate $tree could not be copied to /opt/pullgate"
	[ -x "$opt/current/run" ]
	[ ! -e "$opt/.new" ]
	[ "$(main_pid)" = "$pid" ]
	end_pod
	# As who was killed between two renames leaves it.
	mkdir "$opt/.old"
	mv "$opt/$tree" "$opt/.old/"
	start_pod /root/broken
	until_unready "pullgate $tree could not be copied to /opt/pullgate"
	[ -x "$opt/current/run" ]
	end_pod
	start_pod /root/image
	until_ready
	(cd "$opt/current/" && sha256sum -c --quiet files.sha256)
	[ ! -e "$opt/.old" ]
	# And it is the one that runs.
	[ "$(main_pid)" != "$pid" ]
	is_closed r.example.com
	rm -r "$NODE/root/root/broken"
}

@test "killed in the middle, again and again: the next pod ends what was begun" {
	local wait
	for wait in 0.1 0.3 0.5 0.8 1.2 2; do
		feed "$(closed "r$RANDOM.example.com")" "$(config)
workers: $((RANDOM % 60 + 1))"
		end_pod
		start_pod /root/image
		sleep "$wait"
		kill -KILL "$POD"
		end_pod
		on_node systemctl is-active pullgate.socket
	done
	feed "$(closed r.example.com)" "$(config)"
	start_pod /root/image
	until_ready
	is_closed r.example.com
	(cd "$NODE/root/opt/pullgate/current/" && sha256sum -c --quiet files.sha256)
}

@test "the pod ends, the gate stays; the node boots, the gate is there before any pod" {
	end_pod
	is_closed r.example.com
	halt_node
	boot_node
	on_node systemctl is-active pullgate.service pullgate.socket
	is_closed r.example.com
	# What somebody changed on the node in the meantime does not stay.
	sed -i 's/r\.example\.com/q.example.com/' "$NODE/root/etc/pullgate/current/policies/policies.yaml"
	start_pod /root/image
	until_ready
	is_closed r.example.com
	run grep -r q.example.com "$NODE/root/etc/pullgate/current/"
	[ -z "$output" ]
}

# --- and off again

# A client that has said hello and stays.
stay_connected() {
	/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
time.sleep(600)' "$(of_node /run/pullgate/cri.sock)" 3>&- &
	CLIENT=$!
}

@test "not under a kubelet that is pointed at it, nor under anybody who is connected" {
	local pid
	mkdir -p "$NODE/root/var/lib/kubelet"
	echo 'imageServiceEndpoint: unix:///run/pullgate/cri.sock' >"$NODE/root/var/lib/kubelet/config.yaml"
	end_pod
	start_pod /root/image --args uninstall
	until_unready 'the kubelet is still pointed at /run/pullgate/cri.sock by: /var/lib/kubelet/config.yaml'
	is_closed r.example.com
	# Named in a comment only: but somebody is there.
	echo '# imageServiceEndpoint: unix:///run/pullgate/cri.sock' >"$NODE/root/var/lib/kubelet/config.yaml"
	stay_connected
	until_unready 'the gate is still in use'
	is_closed r.example.com
	on_node systemctl is-active pullgate.service pullgate.socket
	# One that does not answer is not one that nobody uses.
	pid=$(main_pid)
	on_node bash -c "kill -STOP $pid"
	until_unready 'the gate does not say whether it is still in use'
	on_node systemctl is-active pullgate.service pullgate.socket
	on_node bash -c "kill -CONT $pid"
	kill "$CLIENT"
	until_ready
	rm -r "$NODE/root/var/lib/kubelet"
}

@test "taken off: nothing of it is left" {
	# Also where it was taken off before.
	end_pod
	start_pod /root/image --args uninstall
	until_ready
	end_pod
	[ ! -e "$NODE/root/opt/pullgate" ]
	[ ! -e "$NODE/root/etc/pullgate" ]
	[ ! -e "$NODE/root/var/cache/pullgate" ]
	run on_node find /etc /run /opt /var/cache /var/lib -name '*pullgate*'
	[ -z "$output" ]
	run on_node systemctl is-active pullgate.service pullgate.socket
	[ "$output" = "inactive
inactive" ]
	run on_node systemctl list-units --all --no-legend 'pullgate*'
	[ -z "$output" ]
}

@test "installed and taken off: the node is what it was, byte for byte" {
	# A node where somebody has put a gate already, enabled and running.
	mkdir -p "$NODE/root/etc/pullgate/policies"
	echo 'unmatched: allow # ours' >"$NODE/root/etc/pullgate/config.yaml"
	closed mine.example.com >"$NODE/root/etc/pullgate/policies/mine.yaml"
	echo secret >"$NODE/root/etc/pullgate/.hidden"
	chmod 0600 "$NODE/root/etc/pullgate/.hidden"
	printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
		>"$NODE/root/etc/systemd/system/pullgate.service"
	on_node systemctl daemon-reload
	on_node systemctl -q enable --now pullgate.service
	picture >"$DIR/before"
	start_pod /root/image
	until_ready
	is_closed r.example.com
	end_pod
	start_pod /root/image --args uninstall
	until_ready
	end_pod
	picture >"$DIR/after"
	diff "$DIR/before" "$DIR/after"
	on_node systemctl is-active pullgate.service
	on_node systemctl show -P ExecStart pullgate.service | grep -q 'sleep infinity'
	run on_node systemctl is-active pullgate.socket
	[ "$output" = inactive ]
	[ ! -e "$(of_node /run/pullgate/cri.sock)" ]
}

@test "a first installation that does not start leaves the node as it was" {
	feed "$(closed r.example.com)" "$(config)
audit: /usr/audit.jsonl"
	start_pod /root/image
	until_unready 'does not start on this node, which is left as it was'
	on_node systemctl show -P ExecStart pullgate.service | grep -q 'sleep infinity'
	end_pod
	start_pod /root/image --args uninstall
	until_ready
	end_pod
	picture >"$DIR/after"
	diff "$DIR/before" "$DIR/after"
}

@test "killed while programs are removed: the next pod goes on" {
	local opt=$NODE/root/opt/pullgate
	feed "$(closed r.example.com)" "$(config)"
	start_pod /root/image
	until_ready
	end_pod
	# Something that takes its time, and a kubelet that nobody waits for.
	mkdir -p "$opt/0.0.1-0123456789ab" "$NODE/root/var/lib/kubelet"
	(cd "$opt/0.0.1-0123456789ab" && touch files.sha256 && seq 30000 | xargs touch)
	echo 'imageServiceEndpoint: unix:///run/pullgate/cri.sock' >"$NODE/root/var/lib/kubelet/config.yaml"
	echo --restart >"$opt/kubelet"
	start_pod /root/image --args uninstall --env FORCE=yes
	while [ -L "$opt/current" ]; do
		kill -0 "$POD"
	done
	kill -KILL "$POD"
	end_pod
	[ -d "$opt/0.0.1-0123456789ab" ]
	start_pod /root/image --args uninstall
	until_ready
	end_pod
	rm -r "$NODE/root/var/lib/kubelet"
	picture >"$DIR/after"
	diff "$DIR/before" "$DIR/after"
}

# A process that looks like a kubelet.
give_kubelet() {
	printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' |
		gcc -static -x c -o "$NODE/root/usr/bin/kubelet" -
	mkdir -p "$NODE/root/var/lib/kubelet"
	printf '%s\n' 'apiVersion: kubelet.config.k8s.io/v1beta1' 'kind: KubeletConfiguration' \
		'containerRuntimeEndpoint: unix:///run/containerd/containerd.sock' \
		>"$NODE/root/var/lib/kubelet/config.yaml"
	cat >"$NODE/root/etc/systemd/system/kubelet.service" <<-'UNIT'
	[Service]
	ExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml
	Restart=always
	UNIT
	on_node systemctl daemon-reload
	on_node systemctl start kubelet.service
}

kubelet_pid() {
	on_node systemctl show -P MainPID kubelet.service
}

# The gate looks at it anew when it is reloaded.
restart_kubelet() {
	on_node systemctl daemon-reload
	on_node systemctl restart kubelet.service
	on_node systemctl reload pullgate.service
}

@test "the pod points the kubelet at the gate, and away again before the gate goes" {
	local pid
	on_node systemctl -q disable --now pullgate.service
	rm -r "$NODE/root/etc/pullgate" "$NODE/root/etc/systemd/system/pullgate.service"
	give_kubelet
	feed "$(closed r.example.com)" "$(config)"
	picture >"$DIR/before"
	pid=$(kubelet_pid)
	start_pod /root/image --env KUBELET=enable
	until_ready
	# It was restarted, with a file that names the gate.
	[ "$(kubelet_pid)" != "$pid" ]
	grep -rq '/run/pullgate/cri\.sock' "$NODE/root/etc/systemd/system/kubelet.service.d" \
		"$NODE/root/var/lib/kubelet"
	[ -e "$NODE/root/var/lib/pullgate/node.json" ]
	# Once is enough: the next pod leaves it alone.
	pid=$(kubelet_pid)
	end_pod
	start_pod /root/image --env KUBELET=enable
	until_ready
	[ "$(kubelet_pid)" = "$pid" ]
	# Other flags are another thing.
	end_pod
	start_pod /root/image --env KUBELET=enable --env 'KUBELET_FLAGS=--restart --offline'
	until_ready
	[ "$(kubelet_pid)" != "$pid" ]
	[ "$(cat "$NODE/root/opt/pullgate/kubelet")" = "--restart --offline" ]
	# A kubelet that does not ask the gate (any more) is not a node that is guarded.
	mv "$NODE/root/etc/systemd/system/kubelet.service.d" "$DIR/aside"
	restart_kubelet
	until_unready "the node's kubelet does not ask the gate"
	mv "$DIR/aside" "$NODE/root/etc/systemd/system/kubelet.service.d"
	restart_kubelet
	until_ready
	pid=$(kubelet_pid)
	end_pod
	start_pod /root/image --args uninstall
	until_ready
	end_pod
	[ "$(kubelet_pid)" != "$pid" ]
	picture >"$DIR/after"
	diff "$DIR/before" "$DIR/after"
}
