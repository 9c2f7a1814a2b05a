# A node in a box: a small Debian with systemd, made by debootstrap once and booted in
# namespaces of its own (systemd-nspawn) without a network.  Sourced by tests; needs
# root.  Everything lives below $NODE, and is ended by its process id.
# shellcheck shell=bash

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}

# The tar file of a root with systemd and what a package depends on, which is kept
# below build/tools, one for each set of that; its name.
node_root_tar() { # [dependencies]
	local roots=$TOP/build/tools/debootstrap needs=${1:-systemd} suite file root
	# shellcheck disable=SC1091 # the system's own
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	file=$roots/$suite-$(sha256sum <<<"$needs" | cut -c1-12).tar
	if [ ! -e "$file" ]; then
		mkdir -p "$roots"
		root=$(mktemp -d "$roots/new.XXXXXX")
		bootstrap "$suite" "$root" "$needs" >"$file.log" 2>&1 || {
			tail -n 20 "$file.log" >&2
			return 1
		}
		tar --one-file-system -C "$root" -cf "$file.$$" .
		mv "$file.$$" "$file"
		rm -rf "$root"
	fi
	echo "$file"
}

bootstrap() { # suite directory dependencies
	local archive
	eval "$(sed -n '/^archive() {/,/^}/p' "$TOP/tests/tools/fetch")"
	archive=$(archive)
	debootstrap --variant=minbase --include=systemd,systemd-sysv \
		--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$1" "$2" "$archive" || return 1
	# Nothing is started in there, and what is fetched is not kept.
	printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d"
	chmod +x "$2/usr/sbin/policy-rc.d"
	enter "$2" sh -ec 'apt-get -q update
		apt-get -q satisfy -y --no-install-recommends "$1"' sh "$3" || return 1
	rm -rf "$2"/var/cache/apt/* "$2"/var/lib/apt/lists/* "$2/.run"
	# What would wait for a network, or write now and then.
	ln -s /dev/null "$2/etc/systemd/system/systemd-networkd-wait-online.service"
	ln -s /dev/null "$2/etc/systemd/system/apt-daily.timer"
	ln -s /dev/null "$2/etc/systemd/system/apt-daily-upgrade.timer"
	ln -s /dev/null "$2/etc/systemd/system/dpkg-db-backup.timer"
}

# A command in a root that is not booted, with mounts and processes that end with
# it; what it leaves in /run is kept in .run.
enter() { # root command...
	local root=$1
	shift
	unshare --mount --pid --fork --kill-child sh -ec '
		root=$1
		shift
		mount --make-rprivate /
		mount -t proc proc "$root/proc"
		mount -t tmpfs -o mode=0755 run "$root/run"
		if [ -d "$root/.run" ]; then cp -a "$root/.run/." "$root/run/"; fi
		code=0
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
			DEBIAN_FRONTEND=noninteractive chroot "$root" "$@" || code=$?
		rm -rf "$root/.run"
		cp -a "$root/run/." "$root/.run/"
		exit $code' sh "$root" "$@"
}

# A new root in $NODE/root.
make_node() { # [dependencies]
	local tar
	tar=$(node_root_tar "$@") || return 1
	rm -rf "$NODE/root"
	mkdir -p "$NODE/root"
	tar -C "$NODE/root" -xf "$tar"
}

# The control groups that several nodes would otherwise share.
node_cgroups() {
	local dir
	for dir in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ ! -w "$dir/cgroup.procs" ] || echo "$dir/pullgate-node-$(cat "$NODE/name")"
	done
}

# Boot it; sets LEADER, the process of its systemd.
boot_node() {
	echo "${NODE_NAME:-node}-$$" >"$NODE/name"
	# shellcheck disable=SC2016,SC2046 # for the inner shell; paths without blanks
	sh -c 'root=$1 name=$2
		shift 2
		for dir; do
			mkdir -p "$dir" && echo $$ >"$dir/cgroup.procs"
		done
		exec systemd-nspawn -q -D "$root" --register=no --keep-unit --private-network \
			--machine="$name" --hostname=node --link-journal=no -b' sh "$NODE/root" "$(cat "$NODE/name")" \
		$(node_cgroups) >"$NODE/console" 2>&1 </dev/null 3>&- &
	echo $! >"$NODE/pid"
	for _ in $(seq 300); do
		if node_leader; then
			on_node systemctl is-system-running >"$NODE/state" 2>/dev/null || true
			! grep -qE '^(running|degraded)' "$NODE/state" || return 0
		fi
		sleep 0.1
	done
	tail -n 20 "$NODE/console" >&2
	return 1
}

# systemd-nspawn has other children before.
node_leader() {
	local pid
	pid=$(cat "$NODE/pid")
	for LEADER in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
		[ "$(cat "/proc/$LEADER/comm")" != systemd ] || return 0
	done
	return 1
}

# A command on the node.
on_node() {
	nsenter -t "$LEADER" -m -u -i -n -p -r -w -- env -i LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# The path, from outside, of a file on the node, /run included.
of_node() { # path
	echo "/proc/$LEADER/root$1"
}

halt_node() {
	local pid dir
	[ -e "$NODE/pid" ] || return 0
	pid=$(cat "$NODE/pid")
	rm -f "$NODE/pid"
	kill -TERM "$pid" 2>/dev/null || return 0
	is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
	for dir in $(node_cgroups); do
		[ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true
	done
}

# Waits until it is.
is_gone() { # pid
	for _ in $(seq 300); do
		grep -qs . "/proc/$1/cmdline" || return 0
		sleep 0.1
	done
	return 1
}

# A ConfigMap or Secret as the kubelet mounts it: files behind ..data, and a change
# of all of them by one rename.
volume() { # name directory
	local dir=$NODE/root/root/volumes/$1 new old file
	mkdir -p "$dir"
	new=..$(date +%s%N)
	mkdir "$dir/$new"
	cp -r "$2/." "$dir/$new/"
	old=$(readlink "$dir/..data" || true)
	ln -s "$new" "$dir/..data_tmp"
	mv -fT "$dir/..data_tmp" "$dir/..data"
	for file in "$2"/* "$2"/.[!.]*; do
		[ ! -e "$file" ] || ln -sfn "..data/${file##*/}" "$dir/${file##*/}"
	done
	for file in "$dir"/* "$dir"/.[!.]*; do
		[ -e "$file" ] || rm -f "$file"
	done
	[ -z "$old" ] || rm -r "${dir:?}/$old"
}

# The pod of the DaemonSet on the node, of an image that is unpacked in the node's
# root; its output is in $NODE/pod.log, its process in $POD.
start_pod() { # rootfs kubepod-options...
	local rootfs=$1
	shift
	: >"$NODE/pod.log"
	"$TOP/tests/tools/kubepod" run --node "$LEADER" \
		--manifest "$TOP/plugin/deploy/kubernetes/gate/daemonset.yaml" \
		--rootfs "$rootfs" --volumes /root/volumes --env FEED_PERIOD=1 "$@" \
		>"$NODE/pod.log" 2>&1 3>&- &
	echo $! >"$NODE/pod.pid"
	for _ in $(seq 100); do
		POD=$(sed -n '1s/^\([0-9]*\)$/\1/p' "$NODE/pod.log")
		[ -z "$POD" ] || return 0
		sleep 0.1
	done
	cat "$NODE/pod.log" >&2
	return 1
}

end_pod() { # [signal]
	local pid
	[ -e "$NODE/pod.pid" ] || return 0
	pid=$(cat "$NODE/pod.pid")
	rm -f "$NODE/pod.pid"
	kill "-${1:-TERM}" "$pid" 2>/dev/null || return 0
	is_gone "$pid" && return 0
	kill -KILL "$pid" 2>/dev/null
	echo "the pod did not end when it was asked to" >&2
	return 1
}

# The readiness probe.
probe() {
	"$TOP/tests/tools/kubepod" probe --pod "$POD" \
		--manifest "$TOP/plugin/deploy/kubernetes/gate/daemonset.yaml"
}

# Every file of the node that stays: name, kind, mode, owner, sum or target.
picture() { # [root]
	(cd "${1:-$NODE/root}" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run \
		-o -path ./tmp -o -path ./root -o -path ./var/log -o -path ./var/tmp \
		-o -path ./.run -o -path ./var/cache/apt -o -path ./var/cache/debconf \
		-o -path ./var/cache/ldconfig -o -path ./var/lib/apt -o -path './var/lib/dpkg/*' \
		-o -path './etc/*-' -o -path ./etc/.pwd.lock -o -path ./etc/ld.so.cache \
		-o -path ./var/lib/systemd -o -path ./etc/machine-id -o -path './etc/.#*' \
		-o -path ./var/lib/containerd -o -path ./srv \) -prune \
		-o -type f -printf '%p %m %u:%g ' -exec sha256sum {} \; \
		-o -printf '%p %y %m %u:%g %l\n' | LC_ALL=C sort)
}
