#!/usr/bin/env bats
# A node in a box, as its operator sees it: systemd boots it, a runtime and what
# stands for a kubelet run on it; the package is installed, the kubelet is led
# through pullgate, pulls are admitted and refused, pullgate is killed, upgraded,
# there after a boot, and taken off again, and the node is what it was.

bats_require_minimum_version 1.5.0

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export TOP NODE=$TOP/build/e2e/box WORK=$TOP/build/e2e/box/work NODE_NAME=box
	export BUILD=${PACKAGE_B:-build}
	# Of who runs these tests; the program is another build than theirs.
	unset MAKEFLAGS MAKELEVEL MFLAGS
	load_parts
	rm -rf "$NODE"
	mkdir -p "$WORK"
	make -C "$TOP" --no-print-directory -j"$(nproc)" B="$BUILD" deb "$BUILD/criclient" \
		>"$NODE/make.log" 2>&1
	VERSION=$("$TOP/$BUILD/pullgate" version | cut -d' ' -f2)
	export VERSION
	DEB=$TOP/$BUILD/pullgate_${VERSION}_$(dpkg --print-architecture).deb
	make_node "$(dpkg-deb -f "$DEB" Depends)"
	cp "$DEB" "$NODE/root/root/pullgate.deb"
	make -C "$TOP" --no-print-directory B="$BUILD" DEB_VERSION="$VERSION+1" deb >>"$NODE/make.log" 2>&1
	mv "$TOP/$BUILD/pullgate_$VERSION+1_$(dpkg --print-architecture).deb" "$NODE/root/root/later.deb"
	cp "$DEB" "$NODE/pullgate.deb"
	images
	parts_of_the_node
}

teardown_file() {
	load_parts
	halt_node
	end_all
	rm -rf "$NODE/root"
}

setup() {
	load_parts
	REGISTRY=$(cat "$NODE/registry")
	[ ! -e "$NODE/pid" ] || node_leader
}

load_parts() {
	# shellcheck source=tests/tools/parts.bash
	. "$TOP/tests/tools/parts.bash"
	# shellcheck source=tests/tools/node.bash
	. "$TOP/tests/tools/node.bash"
}

# What there is to pull: a registry's files, for the one on the node.
images() {
	local digest n
	start_registry
	echo "$REGISTRY" >"$NODE/registry"
	make_key ours
	for n in 1 2 3 4 5 6 7 8; do
		push_image "$REGISTRY/app/unsigned:$n" "unsigned $n" >/dev/null
		digest=$(push_image "$REGISTRY/app/signed:$n" "signed $n")
		sign 2.5 ours "$REGISTRY/app/signed@$digest"
	done
	end registry
	mkdir -p "$NODE/root/srv/registry"
	cp -a "$WORK/registry/data" "$NODE/root/srv/registry/"
	sed "s|$WORK/registry|/srv/registry|" "$WORK/registry/config.yml" >"$NODE/root/srv/registry/config.yml"
}

unit() { # name lines...
	local name=$1
	shift
	printf '%s\n' "$@" >"$NODE/root/etc/systemd/system/$name"
}

# Runtime, registry and kubelet, as kubeadm's package sets the last up.
parts_of_the_node() {
	local root=$NODE/root
	rm "$root/usr/sbin/policy-rc.d"
	mkdir -p "$root/usr/lib/box" "$root/etc/containerd" "$root/var/lib/kubelet" \
		"$root/etc/systemd/system/kubelet.service.d" "$root/etc/systemd/system/multi-user.target.wants"
	cp -L "$BIN/containerd-2.1" "$root/usr/bin/containerd"
	cp -L "$BIN/docker-registry" "$TOP/$BUILD/criclient" "$root/usr/lib/box/"
	cp "$TOP/tests/tools/box/kubelet" "$root/usr/bin/kubelet"
	cat >"$root/etc/containerd/config.toml" <<-TOML
	version = 3
	disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
	  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
	[plugins.'io.containerd.cri.v1.images']
	  snapshotter = "native"
	  [plugins.'io.containerd.cri.v1.images'.pinned_images]
	    sandbox = "$REGISTRY/app/signed:1"
	[plugins.'io.containerd.transfer.v1.local']
	  [[plugins.'io.containerd.transfer.v1.local'.unpack_config]]
	    platform = "linux/amd64"
	    snapshotter = "native"
	TOML
	cat >"$root/var/lib/kubelet/config.yaml" <<-YAML
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
	YAML
	unit registry.service '[Service]' 'ExecStart=/usr/lib/box/docker-registry serve /srv/registry/config.yml'
	unit containerd.service '[Unit]' 'After=registry.service' '[Service]' 'ExecStart=/usr/bin/containerd' \
		'Delegate=yes' 'KillMode=process'
	unit kubelet.service '[Unit]' 'After=containerd.service' '[Service]' 'ExecStart=/usr/bin/kubelet'
	# shellcheck disable=SC2016 # systemd's variables
	unit kubelet.service.d/10-kubeadm.conf '[Service]' \
		'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"' \
		'EnvironmentFile=-/etc/default/kubelet' 'ExecStart=' \
		'ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS'
	local name
	for name in registry containerd kubelet; do
		ln -s "../$name.service" "$root/etc/systemd/system/multi-user.target.wants/"
	done
}

# The kubelet is asked for something, and what it says becomes $output.
kubelet() { # image|runtime words...
	local name
	name=q$RANDOM$RANDOM
	printf '%s\n' "$*" >"$(of_node /run/kubelet)/.$name"
	mv "$(of_node /run/kubelet)/.$name" "$(of_node /run/kubelet)/$name.want"
	wait_for 40 test -e "$(of_node /run/kubelet)/$name.said"
	output=$(cat "$(of_node /run/kubelet)/$name.said")
}

admits() { # image
	kubelet image pull "$REGISTRY/app/$1"
	[[ $output == *"ok sha256:"* ]] || {
		echo "$1: $output"
		return 1
	}
}

refuses() { # image
	kubelet image pull "$REGISTRY/app/$1"
	[[ $output == *"SignatureValidationFailed: image "* ]] || {
		echo "$1: $output"
		return 1
	}
}

# Nothing but the kubelet may say that the runtime is not there.
kubelet_runs() {
	on_node systemctl is-active kubelet.service && [ -d "$(of_node /run/kubelet)" ] &&
		kubelet runtime version
}

on_the_node() {
	run on_node "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

policies() {
	cp "$WORK/keys/ours.pub" "$NODE/root/etc/pullgate/ours.pub"
	cat >"$NODE/root/etc/pullgate/policies/apps.yaml" <<-YAML
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: apps}
	spec:
	  images: ["$REGISTRY/app/**"]
	  attestors:
	    - entries:
	        - keys: {file: /etc/pullgate/ours.pub}
	          rekor: {ignoreTlog: true}
	YAML
	cat >"$NODE/root/etc/pullgate/config.yaml" <<-YAML
	listen: unix:///run/pullgate/cri.sock
	runtime: unix:///run/containerd/containerd.sock
	policies: [/etc/pullgate/policies]
	unmatched: deny
	registries:
	  "$REGISTRY": {plainHTTP: true}
	YAML
}

@test "a node without the gate: everything is pulled" {
	boot_node
	wait_for 20 kubelet_runs
	picture >"$NODE/before"
	[ -s "$NODE/before" ]
	admits unsigned:1
}

@test "the package: installed, and nothing changes" {
	on_the_node dpkg -i /root/pullgate.deb
	run ! on_node systemctl is-active pullgate.service pullgate.socket
	run ! on_node pullgate node status
	[[ $output == *"/run/containerd/containerd.sock"* ]]
	admits unsigned:2
}

@test "shown first, then done: the kubelet's pulls go through the gate" {
	policies
	on_the_node pullgate policy check /etc/pullgate/policies
	# Not while nobody answers there.
	run ! on_node pullgate node enable
	on_the_node systemctl enable --now pullgate.socket pullgate.service
	before=$(picture)
	on_the_node pullgate node enable --dry-run
	[[ $output == *"--image-service-endpoint"* ]]
	[ "$before" = "$(picture)" ]
	admits unsigned:3
	on_the_node pullgate node enable --restart
	wait_for 20 kubelet_runs
	refuses unsigned:4
	admits signed:1
	on_the_node pullgate node status
	[[ $output == *"through pullgate"* ]]
	# Done already: said, and nothing is written.
	before=$(picture)
	on_the_node pullgate node enable
	[ "$before" = "$(picture)" ]
}

@test "the doctor: names the doors that are left, and finds none when they are closed" {
	run ! on_node pullgate node doctor
	[[ $output == *$'\n'"closed   canary "* ]]
	[[ $output == *$'\n'"open     runtime-endpoint "* ]]
	on_the_node pullgate node enable --create-gate --restart
	wait_for 20 kubelet_runs
	kubelet runtime version
	[[ $output == *containerd* ]]
	# The policy of the package only watches; and which image the runtime pulls by
	# itself is asked when the daemon starts.
	run ! on_node pullgate node doctor
	[[ $output != *$'\n'"open     runtime-endpoint "* ]]
	[[ $output == *$'\n'"open     policies           1 of 2 policies "*"kubernetes-release (audit)"* ]]
	on_the_node sed -i 's/^  action: audit/  action: enforce/' /etc/pullgate/policies/kubernetes.yaml
	on_the_node systemctl restart pullgate.service
	wait_for 20 kubelet_runs
	wait_for 20 on_node pullgate node doctor
	on_the_node pullgate node doctor
	[[ $output != *$'\n'"open "* ]]
	# An alert would say the same.
	run on_node pullgate node doctor -o json
	[ "$(jq -r .enforcing <<<"$output")" = true ]
}

# Pulls one after the other until $NODE/enough is there; what each said.
pull_on() {
	local n
	rm -f "$NODE/enough"
	while [ ! -e "$NODE/enough" ]; do
		for n in 2 3 4 5; do
			kubelet image pull "$REGISTRY/app/signed:$n"
			printf '%s\n' "$output"
			kubelet image pull "$REGISTRY/app/unsigned:$n"
			printf '%s\n' "$output"
		done
	done
}

# Every pull had its answer, and the right one.
all_was_answered() {
	[ "$(wc -l <"$NODE/pulls")" -ge 8 ]
	run grep -v -e '^ok sha256:' -e 'SignatureValidationFailed: image .*unsigned:' "$NODE/pulls"
	echo "$output"
	[ -z "$output" ]
	[ "$(grep -c '^ok' "$NODE/pulls")" -eq "$(grep -c Failed: "$NODE/pulls")" ]
}

@test "killed while pulls go on: it is back, and every pull is answered or asked again" {
	pull_on >"$NODE/pulls" 3>&- &
	pulling=$!
	sleep 1
	first=$(on_node systemctl show -P MainPID pullgate.service)
	on_node systemctl kill --kill-who=main -s KILL pullgate.service
	is_another() {
		[ "$(on_node systemctl show -P MainPID pullgate.service)" != "$first" ] &&
			on_node systemctl is-active pullgate.service
	}
	wait_for 20 is_another
	sleep 1
	touch "$NODE/enough"
	wait "$pulling"
	# The call that it was killed under fails as when a runtime dies; the kubelet
	# asks again.
	[ "$(grep -c 'error 14 ' "$NODE/pulls")" -le 1 ]
	sed -i '/error 14 /d' "$NODE/pulls"
	[ "$(grep -c '^ok' "$NODE/pulls")" -ge 4 ]
	run grep -v -e '^ok sha256:' -e 'SignatureValidationFailed: image .*unsigned:' "$NODE/pulls"
	echo "$output"
	[ -z "$output" ]
}

@test "upgraded while pulls go on: none fails" {
	pull_on >"$NODE/pulls" 3>&- &
	pulling=$!
	sleep 1
	first=$(on_node systemctl show -P MainPID pullgate.service)
	on_the_node dpkg -i --force-confold /root/later.deb
	[ "$(on_node dpkg-query -W -f '${Version}' pullgate)" = "$VERSION+1" ]
	sleep 1
	touch "$NODE/enough"
	wait "$pulling"
	[ "$(on_node systemctl show -P MainPID pullgate.service)" != "$first" ]
	all_was_answered
	on_the_node pullgate node doctor
}

@test "the node boots: the gate is there before the kubelet" {
	halt_node
	boot_node
	wait_for 20 kubelet_runs
	gate=$(on_node systemctl show -P ActiveEnterTimestampMonotonic pullgate.service)
	kubelet=$(on_node systemctl show -P ExecMainStartTimestampMonotonic kubelet.service)
	[ "$gate" -gt 0 ]
	[ "$gate" -le "$kubelet" ]
	refuses unsigned:6
	admits signed:6
}

@test "not removed under a kubelet that is wired" {
	run ! on_node dpkg -P pullgate
	[[ $output == *"pullgate node disable"* ]]
	refuses unsigned:7
}

@test "disabled: the kubelet has what it had" {
	on_the_node pullgate node disable --restart
	wait_for 20 kubelet_runs
	admits unsigned:7
	run ! on_node pullgate node status
}

@test "removed: the node is what it was" {
	on_the_node dpkg -P pullgate
	admits unsigned:8
	picture >"$NODE/after"
	diff "$NODE/before" "$NODE/after"
}
