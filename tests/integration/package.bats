#!/usr/bin/env bats
# What is put on a node: the units, `make install`, and the Debian package, which is
# installed, upgraded, removed and purged in a root of its own made by debootstrap.

bats_require_minimum_version 1.5.0

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export TOP
	export DIR=$TOP/build/e2e/package NODE=$TOP/build/e2e/package/node NODE_NAME=package
	export PREFIX=$DIR/prefix BOX=$NODE/root CRICLIENT=${CRICLIENT:-$TOP/build/criclient}
	# Of who runs these tests; the program is another build than theirs.
	unset MAKEFLAGS MAKELEVEL MFLAGS
	# Where the program is that goes into the package.
	export BUILD=${PACKAGE_B:-build}
	rm -rf "$DIR"
	mkdir -p "$NODE"
	quiet make -C "$TOP" --no-print-directory -j"$(nproc)" B="$BUILD" deb
	ARCH=$(dpkg --print-architecture)
	VERSION=$("$TOP/$BUILD/pullgate" version | cut -d' ' -f2)
	export ARCH VERSION DEB=$TOP/$BUILD/pullgate_${VERSION}_$ARCH.deb
	quiet make -C "$TOP" --no-print-directory B="$BUILD" install PREFIX="$PREFIX"
}

teardown_file() {
	machine_ends
	rm -rf "$TOP/build/e2e/package"
}

setup() {
	# shellcheck source=tests/tools/node.bash
	. "$TOP/tests/tools/node.bash"
	[ ! -e "$NODE/pid" ] || node_leader
}

# What runs beside it, and the machine.
machine_ends() {
	# shellcheck source=tests/tools/node.bash
	. "$TOP/tests/tools/node.bash"
	if [ -d "$BOX/srv/pids" ]; then
		(
			export WORK=$BOX/srv
			. "$TOP/tests/tools/parts.bash"
			end_all
		)
	fi
	halt_node
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
		echo "not there: $1"
		echo "$output"
		return 1
	}
}

@test "the units are valid, and stand in for a runtime and a kubelet that are not there" {
	run systemd-analyze verify "$PREFIX"/lib/systemd/system/pullgate.{service,socket}
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	# Order and nothing more: no unit of others is required.
	local unit
	for unit in "$TOP"/systemd/pullgate.{service,socket}; do
		run ! grep -E '^(Requires|Requisite|BindsTo|PartOf|Conflicts)=' "$unit"
		grep -q '^Before=.*kubelet.service' "$unit"
	done
	grep -q '^After=.*containerd.service.*crio.service' "$TOP/systemd/pullgate.service"
	run ! grep -E '^Wants=.*(containerd|crio|kubelet)' "$TOP/systemd/pullgate.service"
}

@test "the sandbox: exposure at most 2.0, and a word for each thing that is left open" {
	local unit=$TOP/systemd/pullgate.service left word
	run systemd-analyze security --offline=yes --no-pager "$unit"
	[ "$status" -eq 0 ]
	left=$(sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p' <<<"$output")
	echo "exposure $left"
	awk -v left="$left" 'BEGIN { exit !(left != "" && left <= 2.0) }'
	echo "$output" | sed -n 's/^✗ \([^ ]*\).*/\1/p' | tr '/' '\n' |
		grep -o '[A-Z][A-Za-z0-9_]*=\|AF_[A-Z]*\|INET6' | sort -u |
		grep -v '^RestrictAddressFamilies=\|^RootImage=\|^DynamicUser=' >"$DIR/open"
	[ -s "$DIR/open" ]
	while read -r word; do
		grep -q "^# .*$word" "$unit" || {
			echo "$word is left open and not explained"
			return 1
		}
	done <"$DIR/open"
}

@test "the units have limits for memory, tasks and files" {
	local key
	for key in MemoryHigh MemoryMax TasksMax LimitNOFILE LimitCORE OOMScoreAdjust; do
		grep -q "^$key=[-0-9]" "$TOP/systemd/pullgate.service" || {
			echo "no $key="
			return 1
		}
	done
}

@test "sysusers and tmpfiles make the group and the directories" {
	local root=$DIR/fragments
	mkdir -p "$root/etc" "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d"
	touch "$root/etc/passwd" "$root/etc/group"
	echo "root:x:0:0::/root:/bin/sh" >"$root/etc/passwd"
	echo "root:x:0:" >"$root/etc/group"
	cp "$PREFIX/lib/sysusers.d/pullgate.conf" "$root/usr/lib/sysusers.d"
	cp "$PREFIX/lib/tmpfiles.d/pullgate.conf" "$root/usr/lib/tmpfiles.d"
	run systemd-sysusers --root="$root" pullgate.conf
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q '^pullgate:' "$root/etc/group"
	run ! grep pullgate "$root/etc/passwd"
	run systemd-tmpfiles --root="$root" --create pullgate.conf
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(cd "$root" && stat -c '%n %a %u:%g' etc/pullgate etc/pullgate/policies \
		run/pullgate var/cache/pullgate)" = "etc/pullgate 755 0:0
etc/pullgate/policies 755 0:0
run/pullgate 750 0:0
var/cache/pullgate 700 0:0" ]
}

@test "make install follows PREFIX and DESTDIR; make uninstall leaves nothing" {
	local dest=$DIR/dest
	quiet make -C "$TOP" B="$BUILD" install DESTDIR="$dest" PREFIX=/opt/gate
	[ "$("$dest/opt/gate/bin/pullgate" version)" = "pullgate $VERSION" ]
	grep -q '^ExecStart=/opt/gate/bin/pullgate serve ' \
		"$dest/opt/gate/lib/systemd/system/pullgate.service"
	run grep -rlI /usr/local "$dest/opt/gate/lib" "$dest/opt/gate/share/man"
	[ -z "$output" ]
	[ -e "$dest/opt/gate/share/man/man1/pullgate.1" ]
	[ -e "$dest/opt/gate/share/doc/pullgate/config.yaml" ]
	[ -e "$dest/opt/gate/share/doc/pullgate/imagepolicy.schema.json" ]
	[ "$(ls -A "$dest")" = opt ]
	quiet make -C "$TOP" B="$BUILD" uninstall DESTDIR="$dest" PREFIX=/opt/gate
	run find "$dest" -mindepth 1
	echo "$output"
	[ -z "$output" ]
	# Beside what others put there.
	quiet make -C "$TOP" B="$BUILD" install DESTDIR="$dest" PREFIX=/opt/gate
	touch "$dest/opt/gate/bin/other" "$dest/opt/gate/share/doc/pullgate/mine"
	quiet make -C "$TOP" B="$BUILD" uninstall DESTDIR="$dest" PREFIX=/opt/gate
	run find "$dest" -type f -printf '%P\n'
	[ "$(sort <<<"$output")" = "opt/gate/bin/other
opt/gate/share/doc/pullgate/mine" ]
	[ ! -e "$dest/opt/gate/lib" ]
	# Directories that were there before stay, empty or not; a second install changes
	# nothing of that.
	mkdir -p "$DIR/plain/share/man"
	quiet make -C "$TOP" B="$BUILD" install PREFIX="$DIR/plain"
	quiet make -C "$TOP" B="$BUILD" install PREFIX="$DIR/plain"
	# Not while the kubelet is wired to it.
	# shellcheck disable=SC2016 # for the inner shell
	run unshare --mount --propagation private sh -c 'mount -t tmpfs none /var/lib &&
		mkdir /var/lib/pullgate && touch /var/lib/pullgate/node.json &&
		make -C "$TOP" B="$BUILD" uninstall PREFIX="$DIR/plain"'
	[ "$status" -ne 0 ]
	has 'pullgate node disable --restart'
	[ -x "$DIR/plain/bin/pullgate" ]
	quiet make -C "$TOP" B="$BUILD" uninstall PREFIX="$DIR/plain"
	[ "$(cd "$DIR/plain" && find .)" = ".
./share
./share/man" ]
}

@test "the package has what it should, and belongs to root" {
	local file
	dpkg-deb -c "$DEB" >"$DIR/contents"
	for file in usr/bin/pullgate etc/pullgate/config.yaml etc/pullgate/policies/ \
		usr/lib/systemd/system/pullgate.{service,socket} \
		usr/lib/{sysusers,tmpfiles}.d/pullgate.conf \
		usr/share/man/man1/pullgate.1.gz \
		usr/share/man/man5/pullgate-{config,policy}.5.gz \
		usr/share/bash-completion/completions/pullgate \
		usr/share/zsh/vendor-completions/_pullgate \
		usr/share/fish/vendor_completions.d/pullgate.fish \
		usr/share/doc/pullgate/{copyright,changelog.gz,README.md,LANGUAGE.md,config.yaml} \
		usr/share/doc/pullgate/{imagepolicy,exemption}.schema.json \
		usr/share/doc/pullgate/examples/keyed.yaml \
		usr/share/doc/pullgate/monitoring/{dashboard.json,alerts.yaml} \
		usr/share/doc/pullgate/{containerd/pullgate.toml,crio/10-pullgate.conf}; do
		grep -q " \./$file\$" "$DIR/contents" || {
			echo "$file is not in the package"
			return 1
		}
	done
	run awk '$2 != "root/root" || $6 ~ /usr\/local/ || substr($1, 6, 1) == "w" ||
		substr($1, 9, 1) == "w"' "$DIR/contents"
	[ -z "$output" ]
	rm -rf "$DIR/unpacked"
	dpkg-deb -R "$DEB" "$DIR/unpacked"
	grep -q '^ExecStart=/usr/bin/pullgate serve ' \
		"$DIR/unpacked/usr/lib/systemd/system/pullgate.service"
	run grep -rI /usr/local "$DIR/unpacked/usr/lib"
	[ -z "$output" ]
	(cd "$DIR/unpacked" && md5sum -c --quiet DEBIAN/md5sums)
	[ "$(cat "$DIR/unpacked/DEBIAN/conffiles")" = "/etc/pullgate/config.yaml
/etc/pullgate/policies/kubernetes.yaml" ]
	grep -q 'Google Inc' "$DIR/unpacked/usr/share/doc/pullgate/copyright"
	# In audit: what no policy covers is admitted and logged.
	grep -q '^unmatched: warn$' "$DIR/unpacked/etc/pullgate/config.yaml"
	run grep -L '^  action: audit$' "$DIR"/unpacked/etc/pullgate/policies/*
	[ -z "$output" ]
	shellcheck "$TOP"/plugin/deploy/debian/{build,postinst,prerm,postrm}
}

@test "lintian finds nothing in the package but who made it" {
	# Who makes a package says who they are: DEB_MAINTAINER.
	run lintian --allow-root --info --fail-on error,warning,info \
		--suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$DEB"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the same package twice, byte for byte" {
	cp "$DEB" "$DIR/first.deb"
	sleep 1.1
	(
		umask 077
		export TZ=Asia/Tokyo LC_ALL=C.UTF-8
		quiet make -C "$TOP" --no-print-directory B="$BUILD" deb
	)
	cmp "$DEB" "$DIR/first.deb"
	# At another time it is another.
	cp "$DIR/first.deb" "$DEB"
}

# A command of ours in its network, with the words of parts.bash; $WORK is /srv in there.
beside() { # words
	TOP=$TOP WORK=$BOX/srv CRICLIENT=$CRICLIENT RUNTIME=$BOX/srv/containerd-1.6/c.sock \
		REGISTRY=$(cat "$DIR/registry" 2>/dev/null) \
		nsenter -t "$LEADER" -n bash -euc \
		'. "$TOP/tests/tools/parts.bash"; eval "$1"' bash "$1"
}

cri() {
	"$CRICLIENT" --socket "$(of_node /run/pullgate/cri.sock)" \
		--timeout-ms 20000 "$@"
}

within() { # seconds command...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -le "$end" ] || {
			echo "waited in vain for: $*"
			return 1
		}
		sleep 0.1
	done
}

# Monotonic microseconds of the machine at which a unit became active.
active_since() { # unit
	on_node systemctl show -p ActiveEnterTimestampMonotonic --value "$1"
}

decisions() { # words of a decision...
	local word all
	all=$(on_node journalctl -u pullgate -o cat | grep '"msg":"decision"')
	for word in "$@"; do
		all=$(grep -F "$word" <<<"$all")
	done
	[ -n "$all" ] && echo "$all"
}

# The root that the machine and the package's life begin with.
unpack_root() { # directory
	local tar
	tar=$(node_root_tar "$(dpkg-deb -f "$DEB" Depends)")
	mkdir -p "$1"
	tar -C "$1" -xf "$tar"
}

# Where a script looks for a kubelet's address.
places() { # script
	sed -n '/grep -rls/,/rancher/p' "$1" | tr -s '\t \\' '\n' | sed 's/^"$root"//' |
		grep '^/' | sort
}

# A file that names the gate's socket, in there: the package stays.
is_wired() { # root file
	local file=$1${2/#\/run/\/.run} made
	made=$(mkdir -pv "${file%/*}" | sed "s/.*'\(.*\)'$/\1/" | tac)
	echo 'imageServiceEndpoint: unix:///run/pullgate/cri.sock' >"$file"
	run enter "$1" /var/lib/dpkg/info/pullgate.prerm remove
	rm "$file"
	[ -z "$made" ] || xargs rmdir <<<"$made"
	echo "$2"
	[ "$status" -ne 0 ]
	has "  $2"
	has 'pullgate node disable'
}

@test "installed, upgraded, removed and purged: what was there before is there after" {
	local root=$DIR/root
	unpack_root "$root"
	picture "$root" >"$DIR/before"

	# Installed: it works, and nothing was enabled.
	cp "$DEB" "$root/tmp/pullgate.deb"
	quiet enter "$root" apt-get -q install -y /tmp/pullgate.deb
	run enter "$root" pullgate version
	[ "$output" = "pullgate $VERSION" ]
	run enter "$root" ldd /usr/bin/pullgate
	[ "$status" -eq 0 ]
	[[ $output != *"not found"* ]]
	run enter "$root" pullgate policy check /etc/pullgate/policies
	[ "$status" -eq 0 ]
	enter "$root" pullgate policy check /usr/share/doc/pullgate/examples/keyed.yaml
	enter "$root" getent group pullgate
	[ "$(stat -c '%a %U' "$root/.run/pullgate" "$root/var/cache/pullgate")" = "750 root
700 root" ]
	run find "$root/etc/systemd" -name 'pullgate*'
	[ -z "$output" ]
	# The configuration it comes with starts, with no runtime.
	run enter "$root" sh -c 'timeout --preserve-status 2 pullgate serve 2>&1; echo "ended $?"'
	has '"msg":"pullgate '
	has 'listens on unix:///run/pullgate/cri.sock'
	has ', 1 policies"'
	has 'ended 0'
	# In a running system verify looks for the program and the manual, too.
	run enter "$root" systemd-analyze verify --man=no \
		/usr/lib/systemd/system/pullgate.service
	echo "$output"
	[ "$status" -eq 0 ]

	# Upgraded: what the operator wrote stays.
	sed -i 's/^unmatched: warn/unmatched: deny/' "$root/etc/pullgate/config.yaml"
	cp "$root/usr/share/doc/pullgate/examples/no-latest.yaml" "$root/etc/pullgate/policies/"
	quiet make -C "$TOP" --no-print-directory B="$BUILD" DEB_VERSION="$VERSION+1" deb
	mv "$TOP/$BUILD/pullgate_$VERSION+1_$ARCH.deb" "$root/tmp/pullgate.deb"
	quiet enter "$root" apt-get -q install -y /tmp/pullgate.deb
	[ "$(enter "$root" dpkg-query -W -f '${Version} ${db:Status-Status}' pullgate)" = \
		"$VERSION+1 installed" ]
	grep -q '^unmatched: deny$' "$root/etc/pullgate/config.yaml"
	[ -e "$root/etc/pullgate/policies/no-latest.yaml" ]
	run find "$root/etc/pullgate" -name '*.dpkg-*'
	[ -z "$output" ]

	# And back again, as a rollback is.
	cp "$DEB" "$root/tmp/pullgate.deb"
	quiet enter "$root" apt-get -q install -y --allow-downgrades /tmp/pullgate.deb
	[ "$(enter "$root" dpkg-query -W -f '${Version}' pullgate)" = "$VERSION" ]
	grep -q '^unmatched: deny$' "$root/etc/pullgate/config.yaml"

	# What `pullgate node enable` did and a kubelet that somebody else pointed at it
	# stay the removal.
	mkdir -p "$root/var/lib/pullgate"
	echo '{}' >"$root/var/lib/pullgate/node.json"
	run enter "$root" apt-get -q remove -y pullgate
	[ "$status" -ne 0 ]
	has '  /var/lib/pullgate/node.json'
	has 'pullgate node disable'
	[ "$(enter "$root" dpkg-query -W -f '${db:Status-Status}' pullgate)" = installed ]
	rm "$root/var/lib/pullgate/node.json"
	mkdir -p "$root/var/lib/kubelet"
	echo 'imageServiceEndpoint: unix:///run/pullgate/cri.sock' \
		>"$root/var/lib/kubelet/config.yaml"
	run enter "$root" apt-get -q remove -y pullgate
	[ "$status" -ne 0 ]
	has 'pullgate node disable'
	has '/var/lib/kubelet/config.yaml'
	[ -x "$root/usr/bin/pullgate" ]
	rm -r "$root/var/lib/kubelet"

	# Wherever a kubelet's address may be, which is where the DaemonSet looks, too.
	local place
	places "$TOP/plugin/deploy/debian/prerm" >"$DIR/places"
	[ "$(wc -l <"$DIR/places")" -ge 12 ]
	diff "$DIR/places" <(places "$TOP/plugin/deploy/kubernetes/kubelet")
	while read -r place; do
		place=${place//\*/}
		case $place in
		*.service) place=$place.d/10-pullgate.conf ;;
		*/config.d) place=$place/10-pullgate.conf ;;
		/etc/rancher*) place=/etc/rancher/k3s/config.yaml.d/pullgate.yaml ;;
		esac
		is_wired "$root" "$place"
	done <"$DIR/places"

	# Nor is it removed, or its configuration, from under the DaemonSet's gate.
	mkdir -p "$root/opt/pullgate"
	ln -s 0.1.0-0123456789ab "$root/opt/pullgate/current"
	run enter "$root" apt-get -q remove -y pullgate
	[ "$status" -ne 0 ]
	has "the DaemonSet's gate is on this node"
	has 'kubectl apply -k plugin/deploy/kubernetes/uninstall'
	[ "$(enter "$root" dpkg-query -W -f '${db:Status-Status}' pullgate)" = installed ]
	rm -r "$root/opt/pullgate"

	# Enabled, then removed: the links go, the configuration stays.
	enter "$root" systemctl --quiet enable pullgate.socket pullgate.service
	[ -L "$root/etc/systemd/system/sockets.target.wants/pullgate.socket" ]
	quiet enter "$root" apt-get -q remove -y pullgate
	[ ! -e "$root/usr/bin/pullgate" ]
	grep -q '^unmatched: deny$' "$root/etc/pullgate/config.yaml"
	run find "$root/etc/systemd" -name 'pullgate*'
	[ -z "$output" ]

	mkdir -p "$root/opt/pullgate"
	ln -s 0.1.0-0123456789ab "$root/opt/pullgate/current"
	run enter "$root" dpkg -P pullgate
	[ "$status" -ne 0 ]
	has 'is left alone'
	[ -e "$root/etc/pullgate/policies/no-latest.yaml" ]
	rm -r "$root/opt/pullgate"

	# Purged: as if it had never been there.
	quiet enter "$root" apt-get -q purge -y pullgate
	rm "$root/tmp/pullgate.deb"
	picture "$root" >"$DIR/after"
	diff "$DIR/before" "$DIR/after"
	[ ! -e "$root/.run/pullgate" ]
	run enter "$root" dpkg-query -W pullgate
	[ "$status" -ne 0 ]
	run find "$root/var/lib/dpkg/info" -name 'pullgate.*'
	[ -z "$output" ]
	rm -rf "$root"
}

stand_in() { # name
	printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' \
		>"$BOX/etc/systemd/system/$1.service"
	enter "$BOX" systemctl --quiet enable "$1.service"
}

@test "booted: up before the kubelet and after the runtime, with the configuration it came with" {
	unpack_root "$BOX"
	rm "$BOX/usr/sbin/policy-rc.d"
	cp "$DEB" "$BOX/root/pullgate.deb"
	quiet enter "$BOX" dpkg -i /root/pullgate.deb
	enter "$BOX" systemctl --quiet enable pullgate.socket pullgate.service
	stand_in kubelet
	stand_in containerd
	rm -rf "$BOX/.run"
	boot_node
	[ "$(on_node systemctl is-active pullgate.socket pullgate.service)" = "active
active" ]
	[ "$(active_since containerd)" -le "$(active_since pullgate.service)" ]
	[ "$(active_since pullgate.service)" -le "$(active_since kubelet)" ]
	run on_node systemctl show -p StatusText --value pullgate
	has "1 policies in force"
	# Nothing that the units ask for is unknown or was left out.
	run on_node journalctl -b -o cat _PID=1
	has "Started pullgate.service"
	run ! grep -i 'pullgate.*\(unknown\|ignor\|failed\|invalid\)' <<<"$output"
}

@test "in the sandbox: it pulls, refuses, keeps evidence, writes the audit file, answers questions" {
	local good pid
	# shellcheck disable=SC2016 # for the shell in there
	beside 'start_registry; echo "$REGISTRY"' >"$DIR/registry"
	# shellcheck disable=SC2016
	good=$(beside 'digest=$(push_image "$REGISTRY/app/good:1" good)
		push_image "$REGISTRY/app/bad:1" bad >/dev/null
		make_key ours
		sign 2.5 ours "$REGISTRY/app/good@$digest"
		policy main ours "$REGISTRY/app/**"
		start_containerd 1.6
		echo "$digest"')
	cat >"$BOX/etc/pullgate/config.yaml" <<-YAML
	runtime: unix:///srv/containerd-1.6/c.sock
	policies: [/etc/pullgate/policies]
	unmatched: deny
	cache: {dir: /var/cache/pullgate, negativeTtl: 0s}
	audit: /var/log/pullgate.jsonl
	metrics: unix:///run/pullgate/metrics.sock
	YAML
	cp "$BOX/srv/policies/main.yaml" "$BOX/etc/pullgate/policies/"
	on_node systemctl restart pullgate.service
	within 10 cri version

	local registry
	registry=$(cat "$DIR/registry")
	run cri pull "$registry/app/good:1"
	echo "$output"
	[ "$status" -eq 0 ]
	run cri pull "$registry/app/bad:1"
	[ "$status" -eq 1 ]
	has 'error 2 SignatureValidationFailed: image "'
	run cri pull registry.example.com/none:1
	has 'no policy covers this image'
	decisions '"gate":"pull"' /app/good '"verdict":"allowed"' "$good"
	decisions '"gate":"pull"' /app/bad '"verdict":"refused"' '"no-signatures"'

	# What it wrote, and whose that is.
	[ "$(grep -c '"verdict":' "$BOX/var/log/pullgate.jsonl")" -eq 3 ]
	[ "$(find "$BOX/var/cache/pullgate" -type f | wc -l)" -ge 1 ]
	[ "$(on_node stat -c '%n %a %U:%G' /run/pullgate /run/pullgate/cri.sock \
		/run/pullgate/control.sock /run/pullgate/metrics.sock /var/cache/pullgate \
		/var/log/pullgate.jsonl)" = "/run/pullgate 750 root:root
/run/pullgate/cri.sock 660 root:root
/run/pullgate/control.sock 600 root:root
/run/pullgate/metrics.sock 660 root:root
/var/cache/pullgate 700 root:root
/var/log/pullgate.jsonl 600 root:root" ]

	# The control socket: a question of containerd's, answered by the daemon.
	run on_node pullgate image-verifier -name "$registry/app/good:1" -digest "$good"
	[ "$status" -eq 0 ]
	decisions '"gate":"image-verifier"' '"verdict":"allowed"'
	# Metrics that come from /proc.
	curl -sS --unix-socket "$(of_node /run/pullgate/metrics.sock)" \
		http://localhost/metrics >"$DIR/metrics"
	grep -q '^process_resident_memory_bytes [1-9]' "$DIR/metrics"
	grep -q '^process_open_fds [1-9]' "$DIR/metrics"
	grep -q '^pullgate_runtime_up 1' "$DIR/metrics"

	# Policies anew, and an audit file that was rotated.
	mv "$BOX/var/log/pullgate.jsonl" "$BOX/var/log/pullgate.jsonl.1"
	sed -i 's/^  images:/  action: audit\n&/' "$BOX/etc/pullgate/policies/main.yaml"
	on_node systemctl reload pullgate.service
	within 10 test -e "$BOX/var/log/pullgate.jsonl"
	run cri pull "$registry/app/bad:1"
	[ "$status" -eq 0 ]
	[ "$(grep -c '"verdict":"overlooked"' "$BOX/var/log/pullgate.jsonl")" -eq 1 ]

	# What it has no right to.
	pid=$(on_node systemctl show -p MainPID --value pullgate)
	run on_node grep -E '^(Cap|NoNewPrivs|Seccomp:)' "/proc/$pid/status"
	[ "$(tr -s '[:space:]' ' ' <<<"$output")" = "CapInh: 0000000000000000 \
CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 \
CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 " ]
	local dir
	# (/run is left out: systemd-nspawn mounts things over each other in there, and
	# systemd then cannot make it read-only.)
	for dir in / /etc /usr /opt /var/lib /var/cache; do
		run on_node touch "/proc/$pid/root$dir/by-pullgate"
		has 'Read-only file system'
	done
	# The command lines of others it may see, as the kubelet's: it has no right to more.
	run on_node nsenter -t "$pid" -m -r setpriv --bounding-set=-all --inh-caps=-all \
		sh -c 'grep CapEff /proc/self/status; cat /proc/1/comm; cat /proc/1/environ'
	has 'CapEff:	0000000000000000'
	has systemd
	has 'Permission denied'
	touch "$BOX/root/secret"
	run on_node ls -A "/proc/$pid/root/root"
	[[ $output != *secret* ]]
}

@test "killed or upgraded, it is back, and who connects meanwhile waits" {
	local before n=0
	before=$(on_node systemctl show -p MainPID --value pullgate)
	# shellcheck disable=SC2016 # for the shell in there, whose kill is its own
	on_node sh -c 'kill -KILL "$1"' sh "$before"
	run cri version
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(on_node systemctl show -p MainPID --value pullgate)" != "$before" ]

	quiet make -C "$TOP" --no-print-directory B="$BUILD" DEB_VERSION="$VERSION+1" deb
	mv "$TOP/$BUILD/pullgate_$VERSION+1_$ARCH.deb" "$BOX/root/pullgate.deb"
	before=$(on_node systemctl show -p MainPID --value pullgate)
	(
		while [ ! -e "$DIR/upgraded" ]; do
			cri version || true
		done >"$DIR/meanwhile"
	) 3>&- &
	quiet on_node dpkg --force-confold -i /root/pullgate.deb
	within 20 eval 'cri version'
	n=$(wc -l <"$DIR/meanwhile")
	within 10 eval "[ \"\$(wc -l <'$DIR/meanwhile')\" -gt $((n + 3)) ]"
	touch "$DIR/upgraded"
	wait
	[ "$(on_node systemctl show -p MainPID --value pullgate)" != "$before" ]
	[ "$(on_node systemctl is-active pullgate.socket pullgate.service)" = "active
active" ]
	[ "$(on_node dpkg-query -W -f '${Version}' pullgate)" = "$VERSION+1" ]
	grep -q '^unmatched: deny$' "$BOX/etc/pullgate/config.yaml"
	echo "calls meanwhile: $(wc -l <"$DIR/meanwhile")"
	run grep -v '^ok' "$DIR/meanwhile"
	echo "$output"
	[ -z "$output" ]
}

@test "removed: not while the kubelet is wired, and then without a trace that runs" {
	mkdir -p "$BOX/var/lib/pullgate"
	echo '{}' >"$BOX/var/lib/pullgate/node.json"
	run on_node dpkg -r pullgate
	[ "$status" -ne 0 ]
	has 'pullgate node disable'
	cri version
	rm "$BOX/var/lib/pullgate/node.json"
	quiet on_node dpkg -r pullgate
	run on_node systemctl is-active pullgate.socket pullgate.service
	[ "$output" = "inactive
inactive" ]
	run on_node ls -d /run/pullgate
	[ "$status" -ne 0 ]
	run on_node find /etc/systemd -name 'pullgate*'
	[ -z "$output" ]
	quiet on_node dpkg -P pullgate
	[ ! -e "$BOX/etc/pullgate" ]
	[ ! -e "$BOX/var/cache/pullgate" ]
	[ ! -e "$BOX/var/lib/pullgate" ]
	run on_node systemctl --failed --no-legend
	[ -z "$output" ]
	machine_ends
}
