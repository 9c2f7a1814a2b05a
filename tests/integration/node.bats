#!/usr/bin/env bats
# pullgate node: made-up nodes enabled and disabled again, and a doctor that is
# shown doors, open and closed, of a pullgate before a real containerd 2.1.

bats_require_minimum_version 1.5.0
load ../e2e/lib.bash

setup_file() {
	load ../e2e/lib.bash
	export CONTAINERD=2.1 PODS=yes
	world node
	make_node
	policy main ours "$REGISTRY/**"
	sign 2.5 ours "$REGISTRY/pause@$(digest_of "$REGISTRY/pause" 1)"
	# What it pulls by itself it tells of once it has it.
	"$CRICLIENT" --socket "$RUNTIME" pull "$REGISTRY/pause:1"
	ln "$RUNTIME" "$NODE/run/containerd/containerd.sock"
	echo "NODE=$NODE" >>"$WORK/env"
	start_daemon
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

digest_of() { # host/path reference
	echo "sha256:$(manifest_of "$1" "$2" | sha256sum | cut -d' ' -f1)"
}

# A node whose files are below a directory: a kubelet by kubeadm, and a
# configuration of pullgate with the node's own paths.
make_node() {
	NODE=$WORK/n
	kubeadm "$NODE"
	mkdir -p "$NODE"/run/{containerd,pullgate} "$NODE"/etc/{pullgate,containerd}
	ln -s /run "$NODE/var/run"
	cat >"$NODE/etc/pullgate/config.yaml" <<-YAML
	listen: unix:///run/pullgate/cri.sock
	runtime: unix:///run/containerd/containerd.sock
	YAML
	cp "$WORK/containerd-2.1/config.toml" "$NODE/etc/containerd/config.toml"
}

# pullgate where that node would have it; more of its configuration comes as
# lines.
start_daemon() {
	{
		echo "listen: unix://$NODE/run/pullgate/cri.sock"
		echo "runtime: unix://$NODE/run/containerd/containerd.sock"
		echo "policies: [$WORK/policies]"
		echo "metrics: unix://$WORK/metrics.sock"
		echo "drainTimeout: 1s"
		printf '%s\n' "$@"
	} >"$WORK/daemon.yaml"
	"$PULLGATE" serve --config "$WORK/daemon.yaml" 2>>"$WORK/pullgate.log" 3>&- &
	remember pullgate $!
	wait_for 10 knows_runtime
}

knows_runtime() {
	"$PULLGATE" node status --root "$NODE" -o json |
		jq -e '.daemon.runtime.version != null and .daemon.runtime.problem == null'
}

restart_daemon() {
	end pullgate
	start_daemon "$@"
}

node() { # verb options...
	run "$PULLGATE" node "$1" --root "$NODE" "${@:2}"
}

# The doctor, as JSON on standard output.
doctor() {
	run --separate-stderr "$PULLGATE" node doctor --root "$NODE" -o json
}

door() { # name, after doctor
	jq -r --arg d "$1" '.doors[] | select(.door == $d) | .state' <<<"$output"
}

detail() { # name, after doctor
	jq -r --arg d "$1" '.doors[] | select(.door == $d) | .detail' <<<"$output"
}

gauge() { # door
	curl -sS --max-time 5 --unix-socket "$WORK/metrics.sock" http://localhost/metrics |
		awk -v want="pullgate_enforcing{door=\"$1\"}" '$1 == want { print $2 }'
}

# Made-up nodes ------------------------------------------------------------------

kubeadm() { # root
	mkdir -p "$1"/{etc/default,var/lib/kubelet,usr/lib/systemd/system/kubelet.service.d}
	printf '[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n' \
		>"$1/usr/lib/systemd/system/kubelet.service"
	cat >"$1/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf" <<-'UNIT'
	# Note: This dropin only works with kubeadm and kubelet v1.11+
	[Service]
	Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
	Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
	# This is a file that "kubeadm init" and "kubeadm join" generate at runtime
	EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
	EnvironmentFile=-/etc/default/kubelet
	ExecStart=
	ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
	UNIT
	echo 'KUBELET_EXTRA_ARGS=' >"$1/etc/default/kubelet"
	echo 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock"' \
		>"$1/var/lib/kubelet/kubeadm-flags.env"
	printf 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: cluster.local\n' \
		>"$1/var/lib/kubelet/config.yaml"
}

plain() { # root flags... ; a kubelet with these flags
	mkdir -p "$1/etc/systemd/system"
	printf '[Service]\nExecStart=/usr/local/bin/kubelet %s\n' "${*:2}" \
		>"$1/etc/systemd/system/kubelet.service"
}

config_dir() { # root
	plain "$1" --config=/var/lib/kubelet/config.yaml --config-dir=/etc/kubernetes/kubelet.conf.d
	mkdir -p "$1/var/lib/kubelet"
	printf 'containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n' \
		>"$1/var/lib/kubelet/config.yaml"
}

rancher() { # root k3s|rke2 unit
	mkdir -p "$1/etc/systemd/system" "$1/etc/rancher/$2" "$1/etc/pullgate"
	printf '[Service]\nExecStart=/usr/local/bin/%s server\n' "$2" >"$1/etc/systemd/system/$3"
	echo 'kubelet-arg: [max-pods=200]' >"$1/etc/rancher/$2/config.yaml"
	echo 'runtime: unix:///run/k3s/containerd/containerd.sock' >"$1/etc/pullgate/config.yaml"
}

crio() { # root
	plain "$1" --container-runtime-endpoint=unix:///var/run/crio/crio.sock
	mkdir -p "$1/etc/pullgate"
	echo 'runtime: unix:///run/crio/crio.sock' >"$1/etc/pullgate/config.yaml"
}

# All of a tree: names, modes, links, contents.
picture() { # root
	(cd "$1" && find . -printf '%p %m %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

# Enabled, the file is there and says so; disabled, all is as it was.
there_and_back() { # root file line enable-options...
	local root=$1 file=$2 line=$3 before
	before=$(picture "$root")
	run "$PULLGATE" node enable --root "$root" --offline --dry-run "${@:4}"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	says "+++ $file"
	says "+$line"
	says "Nothing was changed (--dry-run)."
	[ "$(picture "$root")" = "$before" ]
	run "$PULLGATE" node enable --root "$root" --offline "${@:4}"
	[ "$status" -eq 0 ]
	says "Nothing was restarted."
	grep -qxF -e "$line" "$root$file" || { cat "$root$file"; return 1; }
	[ "$(stat -c %a "$root$file")" = 644 ]
	run "$PULLGATE" node enable --root "$root" --offline "${@:4}"
	[ "$status" -eq 0 ]
	says "It is enabled already, by $file: nothing to change."
	run "$PULLGATE" node status --root "$root"
	says "unix:///run/pullgate/cri.sock"
	says "Enabled by   $file"
	run "$PULLGATE" node disable --root "$root" --dry-run
	[ "$status" -eq 0 ]
	says "--- $file"
	[ -e "$root$file" ]
	run "$PULLGATE" node disable --root "$root"
	[ "$status" -eq 0 ]
	diff <(picture "$root") <(echo "$before")
	run "$PULLGATE" node disable --root "$root"
	[ "$status" -eq 0 ]
	says "It is not enabled"
}

refused() { # root reason options...
	local before
	before=$(picture "$1")
	run "$PULLGATE" node enable --root "$1" "${@:3}"
	[ "$status" -eq 1 ] || { echo "$output"; return 1; }
	says "$2"
	[ "$(picture "$1")" = "$before" ]
}

fresh() { # name
	rm -rf "$WORK/made-up/$1"
	mkdir -p "$WORK/made-up/$1"
	echo "$WORK/made-up/$1"
}

DROP_IN=/etc/systemd/system/kubelet.service.d/90-pullgate.conf
OURS=unix:///run/pullgate/cri.sock

@test "kubeadm: a drop-in, for pulls and for both" {
	root=$(fresh kubeadm)
	kubeadm "$root"
	command='ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS'
	there_and_back "$root" $DROP_IN "$command --image-service-endpoint=$OURS"
	there_and_back "$root" $DROP_IN \
		"$command --image-service-endpoint=$OURS --container-runtime-endpoint=$OURS" --create-gate
}

@test "the drop-in is one that systemd accepts, and reads as it is meant" {
	root=$(fresh verified)
	kubeadm "$root"
	"$PULLGATE" node enable --root "$root" --offline
	sed -i 's|/usr/bin/kubelet|/bin/true|' "$root"/usr/lib/systemd/system/kubelet.service \
		"$root"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf "$root$DROP_IN"
	mkdir "$root/units"
	cp -r "$root"/usr/lib/systemd/system/kubelet.service* "$root$DROP_IN" "$root/units"
	mv "$root/units/90-pullgate.conf" "$root/units/kubelet.service.d"
	run systemd-analyze verify --man=no "$root/units/kubelet.service"
	echo "$output"
	never grep -q 90-pullgate <<<"$output"
	[ "$status" -eq 0 ]
}

@test "plain flags: a drop-in; an endpoint by flag is gone over by a later one" {
	root=$(fresh plain)
	plain "$root" --container-runtime-endpoint=unix:///run/containerd/containerd.sock --v=2
	there_and_back "$root" $DROP_IN \
		"ExecStart=/usr/local/bin/kubelet --container-runtime-endpoint=unix:///run/containerd/containerd.sock --v=2 --image-service-endpoint=$OURS"
}

@test "--config-dir: a fragment" {
	root=$(fresh config-dir)
	config_dir "$root"
	there_and_back "$root" /etc/kubernetes/kubelet.conf.d/90-pullgate.conf "imageServiceEndpoint: $OURS"
	there_and_back "$root" /etc/kubernetes/kubelet.conf.d/90-pullgate.conf \
		"containerRuntimeEndpoint: $OURS" --create-gate
}

@test "k3s and RKE2: a fragment of theirs, beside the arguments that are there" {
	for row in "k3s k3s.service" "rke2 rke2-server.service"; do
		read -r kind unit <<<"$row"
		root=$(fresh "$kind")
		rancher "$root" "$kind" "$unit"
		there_and_back "$root" "/etc/rancher/$kind/config.yaml.d/90-pullgate.yaml" \
			"  - \"image-service-endpoint=$OURS\""
		refused "$root" "the create gate cannot be had with $kind" --offline --create-gate
	done
}

@test "CRI-O" {
	root=$(fresh crio)
	crio "$root"
	there_and_back "$root" $DROP_IN \
		"ExecStart=/usr/local/bin/kubelet --container-runtime-endpoint=unix:///var/run/crio/crio.sock --image-service-endpoint=$OURS --container-runtime-endpoint=$OURS" \
		--create-gate
}

@test "what it is not sure of it refuses, with the reason" {
	root=$(fresh refusals)
	refused "$root" "no kubelet was found" --offline
	plain "$root"
	refused "$root" "pullgate does not answer"
	says "cri.sock: No such file or directory"
	mkdir -p "$(dirname "$root$DROP_IN")"
	echo '# theirs' >"$root$DROP_IN"
	refused "$root" "$DROP_IN is there and was not written by" --offline
	rm "$root$DROP_IN"
	plain "$root" --container-runtime-endpoint=unix:///run/other.sock
	refused "$root" "set \`runtime\` in pullgate's configuration" --offline
	plain "$root" --config=/etc/kubelet.yaml
	refused "$root" "/etc/kubelet.yaml is not there" --offline
	echo 'a: [' >"$root/etc/kubelet.yaml"
	refused "$root" "/etc/kubelet.yaml:" --offline
	rancher "$root" k3s k3s.service
	plain "$root"
	refused "$root" "several kubelets are installed here: kubelet.service and k3s.service" --offline
	rm "$root/etc/systemd/system/k3s.service"
	mkdir -p "$root/var/lib/pullgate"
	echo nonsense >"$root/var/lib/pullgate/node.json"
	refused "$root" "/var/lib/pullgate/node.json" --offline
}

@test "a unit whose command changes later: status says so, enable writes it anew" {
	root=$(fresh upgraded)
	plain "$root" --v=1
	"$PULLGATE" node enable --root "$root" --offline --create-gate
	run "$PULLGATE" node status --root "$root"
	never says "has changed since"
	plain "$root" --v=2
	run "$PULLGATE" node status --root "$root"
	says "Warning      what it was made of has changed since: run \`pullgate node enable\` again"
	run "$PULLGATE" node enable --root "$root" --offline --create-gate
	[ "$status" -eq 0 ]
	says "-ExecStart=/usr/local/bin/kubelet --v=1 --image"
	says "+ExecStart=/usr/local/bin/kubelet --v=2 --image"
	run "$PULLGATE" node status --root "$root"
	never says "has changed since"
	"$PULLGATE" node disable --root "$root"
	[ ! -e "$root$DROP_IN" ]
}

@test "a file that was changed since stays, and the reason is told" {
	root=$(fresh changed)
	config_dir "$root"
	"$PULLGATE" node enable --root "$root" --offline
	echo '# mine' >>"$root/etc/kubernetes/kubelet.conf.d/90-pullgate.conf"
	before=$(picture "$root")
	run "$PULLGATE" node disable --root "$root"
	[ "$status" -eq 1 ]
	says "was changed since"
	[ "$(picture "$root")" = "$before" ]
	refused "$root" "was changed since" --offline
}

@test "usage" {
	run "$PULLGATE" node --help
	[ "$status" -eq 0 ]
	says "pullgate node doctor"
	for args in "" "nonsense" "enable x" "doctor --dry-run" "disable -o json" "status -o yaml" \
		"enable --root /nowhere" "enable --root $WORK --restart"; do
		# shellcheck disable=SC2086 # words
		run "$PULLGATE" node $args
		[ "$status" -eq 2 ] || { echo "$args: $output"; return 1; }
	done
	echo 'nonsense: 1' >"$WORK/wrong.yaml"
	run "$PULLGATE" node doctor --config "$WORK/wrong.yaml"
	[ "$status" -eq 2 ]
	says "wrong.yaml:1:1"
}

# With mounts of its own, this machine is such a node.
@test "on the machine itself: a restart when asked for, and only then" {
	mkdir -p "$WORK/fake"
	cat >"$WORK/fake/systemctl" <<-SH
	#!/bin/sh
	echo "\$*" >>"$WORK/systemctl.log"
	[ "\$1" != restart ] || [ ! -e "$WORK/fail" ]
	SH
	chmod +x "$WORK/fake/systemctl"
	cat >"$WORK/machine.sh" <<-'SH'
	set -e
	mount -t tmpfs -o mode=755 t /etc/systemd
	mount -t tmpfs -o mode=755 t /var/lib
	mkdir -p /etc/systemd/system
	printf '[Service]\nExecStart=/usr/bin/kubelet\n' >/etc/systemd/system/kubelet.service
	PATH=$1/fake:$PATH
	"$2" node enable --offline
	[ ! -e "$1/systemctl.log" ]
	"$2" node disable
	[ ! -e "$1/systemctl.log" ]
	"$2" node enable --offline --restart --dry-run
	[ ! -e "$1/systemctl.log" ]
	"$2" node enable --offline --restart
	"$2" node disable --restart
	touch "$1/fail"
	if "$2" node enable --offline --restart; then exit 1; fi
	[ -e /var/lib/pullgate/node.json ]
	SH
	run unshare --mount --propagation private sh "$WORK/machine.sh" "$WORK" "$PULLGATE"
	echo "$output"
	[ "$status" -eq 0 ]
	says "systemctl restart kubelet.service failed"
	[ "$(cat "$WORK/systemctl.log")" = "daemon-reload
restart kubelet.service
daemon-reload
restart kubelet.service
daemon-reload
restart kubelet.service" ]
}

# A pullgate that runs -----------------------------------------------------------

@test "a node that is not wired: the canary gets past, and the doctor says so" {
	doctor
	[ "$status" -eq 1 ]
	[ "$(door daemon)" = closed ]
	[ "$(door canary)" = open ]
	[[ $(detail canary) == *"it was not pullgate that refused canary.pullgate.invalid/unsigned:1"* ]]
	[ "$(door image-endpoint)" = open ]
	[ "$(door runtime-endpoint)" = open ]
	[ "$(door checkpoint-restore)" = open ]
	[ "$(jq .enforcing <<<"$output")" = false ]
	node status
	[ "$status" -eq 1 ]
	says "NOT through pullgate"
}

@test "enabled for pulls: the canary is refused; one door is left" {
	node enable
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	doctor
	[ "$status" -eq 1 ]
	[ "$(door canary)" = closed ]
	[ "$(door image-endpoint)" = closed ]
	[ "$(door runtime-endpoint)" = open ]
}

@test "enabled for both: no door is open" {
	node enable --create-gate
	[ "$status" -eq 0 ]
	doctor
	[ "$status" -eq 0 ] || { jq . <<<"$output"; return 1; }
	[ "$(jq .enforcing <<<"$output")" = true ]
	for name in daemon canary image-endpoint runtime-endpoint runtime-socket pullgate-socket \
		checkpoint-restore policies exemptions unmatched sandbox-image; do
		[ "$(door $name)" = closed ] || { jq . <<<"$output"; return 1; }
	done
	[ "$(door image-verifier)" = unused ]
	[ "$(door local-pull)" = unused ]
	[ "$(jq -r '.doors[].remedy' <<<"$output" | sort -u)" = null ]
	node doctor
	[ "$status" -eq 0 ]
	says "No door is open."
	# One that cannot be looked at may be.
	mv "$NODE/run/containerd/containerd.sock" "$NODE/run/containerd/away"
	doctor
	node_status=$status
	node doctor
	mv "$NODE/run/containerd/away" "$NODE/run/containerd/containerd.sock"
	[ "$status" -eq 1 ]
	says "unknown  runtime-socket"
	says "No door is open, of those that could be looked at."
	says "1 door could not be looked at."
	[ "$node_status" -eq 1 ]
}

@test "status, in one screen and as JSON" {
	"$CRICLIENT" --socket "$NODE/run/pullgate/cri.sock" pull "$REGISTRY/none:1" || true
	node status
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[ "${#lines[@]}" -le 24 ]
	says "kubelet (unit kubelet.service, not running)"
	says "by --image-service-endpoint: through pullgate"
	says "by --container-runtime-endpoint: through pullgate"
	says "Enabled by   $DROP_IN"
	says "Runtime      containerd 2.1"
	says "containerd.sock: it answers"
	says "Gates        pull, create; unmatched: deny"
	says "Policies     1, 1 of them enforced"
	says "Cache        in memory, 64 MiB at most"
	says "pull refused $REGISTRY/none:1: "
	says "canary.pullgate.invalid/unsigned:1"
	run --separate-stderr "$PULLGATE" node status --root "$NODE" -o json
	[ "$status" -eq 0 ]
	[ "$(jq -r '.wired, .kubelet.imageWired, .kubelet.imageCalls.address, .daemon.runtime.name' <<<"$output")" = \
		"true
true
$OURS
containerd" ]
}

@test "a kubelet that has not read what was written" {
	mkdir -p "$NODE/proc/812"
	echo kubelet >"$NODE/proc/812/comm"
	printf 'kubelet\0--config=/var/lib/kubelet/config.yaml\0' >"$NODE/proc/812/cmdline"
	echo '0::/system.slice/kubelet.service' >"$NODE/proc/812/cgroup"
	printf 'Name:\tkubelet\nUid:\t0\t0\t0\t0\nNSpid:\t812\n' >"$NODE/proc/812/status"
	echo '812 (kubelet) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0' >"$NODE/proc/812/stat"
	printf 'cpu 1\nbtime %s\n' "$(($(date +%s) - 1000))" >"$NODE/proc/stat"
	# With the command it had before: the drop-in is not in effect.
	doctor
	[ "$(door image-endpoint)" = open ]
	[ "$(door canary)" = open ]
	# By the file, which is newer than the process.
	echo "imageServiceEndpoint: $OURS" >>"$NODE/var/lib/kubelet/config.yaml"
	doctor
	[ "$(door image-endpoint)" = open ]
	[[ $(detail image-endpoint) == *"the kubelet runs since before /var/lib/kubelet/config.yaml was changed" ]]
	node status
	[ "$status" -eq 1 ]
	says "it runs since before /var/lib/kubelet/config.yaml was changed"
	printf 'cpu 1\nbtime %s\n' "$(($(date +%s) + 1000))" >"$NODE/proc/stat"
	doctor
	[ "$(door image-endpoint)" = closed ]
	rm -r "$NODE/proc"
	sed -i '$d' "$NODE/var/lib/kubelet/config.yaml"
}

@test "doors of the node: sockets, containerd's verifier, pulls of its own" {
	chmod 666 "$NODE/run/containerd/containerd.sock"
	doctor
	[ "$status" -eq 1 ]
	[ "$(door runtime-socket)" = open ]
	chmod 660 "$NODE/run/containerd/containerd.sock"
	chmod 662 "$NODE/run/pullgate/cri.sock"
	doctor
	[ "$(door runtime-socket)" = closed ]
	[ "$(door pullgate-socket)" = open ]
	chmod 660 "$NODE/run/pullgate/cri.sock"
	cp "$NODE/etc/containerd/config.toml" "$WORK/config.toml"
	printf "[plugins.'io.containerd.image-verifier.v1.bindir']\n  bin_dir = '/opt/v'\n" \
		>>"$NODE/etc/containerd/config.toml"
	doctor
	[ "$status" -eq 1 ]
	[ "$(door image-verifier)" = open ]
	[ "$(door local-pull)" = closed ]
	mkdir -p "$NODE/opt/v"
	ln -s "$PULLGATE" "$NODE/opt/v/pullgate-image-verifier"
	mkdir -p "$NODE$(dirname "$PULLGATE")"
	install -m 755 /dev/null "$NODE$PULLGATE"
	doctor
	[ "$status" -eq 0 ]
	[ "$(door image-verifier)" = closed ]
	printf "[plugins.'io.containerd.cri.v1.images']\n  max_concurrent_downloads = 10\n" \
		>>"$NODE/etc/containerd/config.toml"
	doctor
	[ "$status" -eq 1 ]
	[ "$(door local-pull)" = open ]
	[ "$(detail local-pull)" = "max_concurrent_downloads = 10" ]
	cp "$WORK/config.toml" "$NODE/etc/containerd/config.toml"
}

@test "the configuration of the containerd that runs is found by its socket" {
	run --separate-stderr "$PULLGATE" node doctor --config "$WORK/daemon.yaml" -o json
	[ "$status" -eq 1 ]
	[ "$(door image-endpoint)" = open ]
	[ "$(door image-verifier)" = unused ]
	[ "$(door runtime-socket)" = closed ]
	# The process keeps its path; what stands there is another.
	cp "$WORK/containerd-2.1/config.toml" "$WORK/running.toml"
	printf "[plugins.'io.containerd.image-verifier.v1.bindir']\n  bin_dir = '$WORK/nothing'\n" \
		>>"$WORK/containerd-2.1/config.toml"
	run --separate-stderr "$PULLGATE" node doctor --config "$WORK/daemon.yaml" -o json
	cp "$WORK/running.toml" "$WORK/containerd-2.1/config.toml"
	[ "$(door image-verifier)" = open ]
	[[ $(detail image-verifier) == *"$WORK/nothing"* ]]
}

# Its owner is root, and so is who asks for the password, while somebody else
# gave it its name and its words.
@test "who calls su a kubelet has none" {
	dir=$(mktemp -d)
	chmod 755 "$dir"
	ln -s "$(command -v su)" "$dir/kubelet"
	mkfifo "$dir/fifo"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/kubelet" root -- \
		"--image-service-endpoint=unix://$NODE/run/pullgate/cri.sock" <>"$dir/fifo" >/dev/null 2>&1 3>&- &
	su=$!
	wait_for 10 grep -qx kubelet "/proc/$su/comm"
	[ "$(stat -c %u "/proc/$su")" = 0 ]
	run --separate-stderr "$PULLGATE" node doctor --config "$WORK/daemon.yaml" -o json
	kill "$su"
	rm -r "$dir"
	[ "$status" -eq 1 ]
	[ "$(door image-endpoint)" = open ]
	[[ $(detail image-endpoint) == "no kubelet was found"* ]]
}

@test "doors of the policies, and their metric" {
	wait_for 10 test "$(gauge unmatched)" = 1
	[ "$(gauge policies)" = 1 ]
	[ "$(gauge sandbox-image)" = 1 ]
	# This machine has no kubelet that comes here.
	[ "$(gauge image-endpoint)" = 0 ]
	[ "$(gauge runtime-socket)" = 1 ]
	cp "$WORK/policies/main.yaml" "$WORK/main.yaml"
	sed -i 's/^spec:/spec:\n  action: audit/; s|/\*\*|/app/**|' "$WORK/policies/main.yaml"
	restart_daemon "unmatched: warn"
	doctor
	[ "$status" -eq 1 ]
	[ "$(door policies)" = open ]
	[ "$(door unmatched)" = open ]
	[ "$(door sandbox-image)" = open ]
	[[ $(detail sandbox-image) == *"no policy covers"* ]]
	[ "$(gauge policies)" = 0 ]
	[ "$(gauge unmatched)" = 0 ]
	[ "$(gauge sandbox-image)" = 0 ]
	run bash -c "curl -sS --unix-socket $WORK/metrics.sock http://localhost/metrics |
		$BIN/promtool check metrics"
	echo "$output"
	[ "$status" -eq 0 ]
	# A reload is seen by itself.
	cp "$WORK/main.yaml" "$WORK/policies/main.yaml"
	kill -HUP "$(cat "$WORK/pids/pullgate")"
	for _ in $(seq 100); do
		[ "$(gauge sandbox-image)" = 1 ] && break
		sleep 0.1
	done
	[ "$(gauge sandbox-image)" = 1 ]
	[ "$(gauge policies)" = 1 ]
	[ "$(gauge unmatched)" = 0 ]
}

gauge_becomes() { # door value
	for _ in $(seq 100); do
		[ "$(gauge "$1")" = "$2" ] && return
		sleep 0.1
	done
	return 1
}

reload() {
	kill -HUP "$(cat "$WORK/pids/pullgate")"
}

@test "exemptions and one policy that is not enforced are doors" {
	restart_daemon
	gauge_becomes exemptions 1
	cat >"$WORK/policies/exemption.yaml" <<-YAML
	apiVersion: pullgate.dev/v1
	kind: Exemption
	metadata: {name: incident}
	spec:
	  images: ["$REGISTRY/app/**"]
	  reason: the signer is down
	  notAfter: $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
	YAML
	sed 's/name: main/name: watched/; s/^spec:/spec:\n  action: audit/' "$WORK/policies/main.yaml" \
		>"$WORK/policies/watched.yaml"
	reload
	gauge_becomes exemptions 0
	doctor
	[ "$status" -eq 1 ]
	[ "$(door exemptions)" = open ]
	[[ $(detail exemptions) == "1 Exemption is in force: incident (until 2"* ]]
	[ "$(door policies)" = open ]
	[ "$(detail policies)" = "1 of 2 policies are not enforced for all they cover: watched (audit)" ]
	[ "$(gauge policies)" = 0 ]
	# It would refuse what the runtime pulls by itself, were it enforced.
	[ "$(door sandbox-image)" = closed ]
	awk '/BEGIN PUBLIC/ { while ((getline line < key) > 0) print "              " line; skip = 1 }
		!skip { print } /END PUBLIC/ { skip = 0 }' key="$WORK/keys/theirs.pub" \
		"$WORK/policies/watched.yaml" >"$WORK/watched.yaml"
	mv "$WORK/watched.yaml" "$WORK/policies/watched.yaml"
	reload
	gauge_becomes sandbox-image 0
	doctor
	[[ $(detail sandbox-image) == *'policy "watched": '* ]]
	rm "$WORK/policies/exemption.yaml" "$WORK/policies/watched.yaml"
	reload
	gauge_becomes exemptions 1
	gauge_becomes policies 1
}

@test "a door that cannot be looked at has no value of before" {
	gauge_becomes runtime-socket 1
	mv "$NODE/run/containerd/containerd.sock" "$NODE/run/containerd/away"
	reload
	gauge_becomes runtime-socket ""
	mv "$NODE/run/containerd/away" "$NODE/run/containerd/containerd.sock"
	reload
	gauge_becomes runtime-socket 1
}

@test "gates that are off, checkpoints that are allowed" {
	restart_daemon "gates: [create]" "checkpoints: allow"
	doctor
	[ "$status" -eq 1 ]
	[ "$(door canary)" = open ]
	[ "$(door image-endpoint)" = closed ]
	[ "$(door checkpoint-restore)" = open ]
	restart_daemon "gates: [pull]"
	doctor
	[ "$(door canary)" = closed ]
	[ "$(door runtime-endpoint)" = open ]
	[[ $(detail runtime-endpoint) == *"is run unasked" ]]
	[ "$(door checkpoint-restore)" = open ]
	restart_daemon "gates: [pull]" "presence: verified"
	doctor
	[ "$(door runtime-endpoint)" = unused ]
}

@test "a daemon that is down" {
	end pullgate
	doctor
	[ "$status" -eq 1 ]
	[ "$(door daemon)" = open ]
	[ "$(door canary)" = open ]
	[ "$(door policies)" = unknown ]
	node status
	[ "$status" -eq 1 ]
	says "Pullgate     does not run: no daemon answers at"
	says "Runtime      containerd 2.1"
	run --separate-stderr "$PULLGATE" node status --root "$NODE" -o json
	[ "$status" -eq 1 ]
	[ "$(jq .wired <<<"$output")" = false ]
	node disable
	[ "$status" -eq 0 ]
	run grep -c Sanitizer "$WORK/pullgate.log"
	[ "$output" = 0 ]
}
