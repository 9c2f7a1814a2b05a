#!/usr/bin/env bats
# What is put on a node: the units, `make install`, and the Debian package, which is
# installed, upgraded, removed and purged in a root of its own made by debootstrap.

bats_require_minimum_version 1.5.0

setup_file() {
	export TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export DIR=$TOP/build/e2e/package ROOTS=$TOP/build/tools/debootstrap
	export PREFIX=$DIR/prefix
	# Where the program is that goes into the package.
	export BUILD=${PACKAGE_B:-build}
	rm -rf "$DIR"
	mkdir -p "$DIR"
	quiet make -C "$TOP" --no-print-directory B="$BUILD" deb
	export ARCH=$(dpkg --print-architecture)
	export VERSION=$("$TOP/$BUILD/pullgate" version | cut -d' ' -f2)
	export DEB=$TOP/$BUILD/pullgate_${VERSION}_$ARCH.deb
	quiet make -C "$TOP" --no-print-directory B="$BUILD" install PREFIX="$PREFIX"
}

teardown_file() {
	rm -rf "$TOP/build/e2e/package"
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
		usr/share/doc/pullgate/monitoring/{dashboard.json,alerts.yaml}; do
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
	[ "$(cat "$DIR/unpacked/DEBIAN/conffiles")" = /etc/pullgate/config.yaml ]
	grep -q 'Google Inc' "$DIR/unpacked/usr/share/doc/pullgate/copyright"
	# In audit: what no policy covers is admitted and logged.
	grep -q '^unmatched: warn$' "$DIR/unpacked/etc/pullgate/config.yaml"
	shellcheck "$TOP"/plugin/deploy/debian/{build,postinst,prerm,postrm}
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

# --- in a root of its own

# A small Debian with what the package depends on, made once for each set of that.
make_root() {
	local archive suite=$1 needs=$2 file=$3 root
	eval "$(sed -n '/^archive() {/,/^}/p' "$TOP/tests/tools/fetch")"
	archive=$(archive)
	test -n "$archive"
	mkdir -p "$ROOTS"
	root=$(mktemp -d "$ROOTS/new.XXXXXX")
	quiet debootstrap --variant=minbase \
		--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$suite" "$root" "$archive"
	# Nothing is started in there, and what is fetched is not kept.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	quiet enter "$root" sh -ec 'export DEBIAN_FRONTEND=noninteractive
		apt-get -q update
		apt-get -q satisfy -y --no-install-recommends "$1"
		apt-get clean' sh "$needs"
	tar --one-file-system -C "$root" -cf "$file.new" .
	mv "$file.new" "$file"
	rm -rf "$root"
}

# A command in a root, with mounts and processes that end with it.
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

# Everything in a root but what apt and dpkg note down for themselves.
picture() { # root
	(cd "$1" && find . -xdev \( -path ./proc -o -path ./.run -o -path ./tmp \
		-o -path ./var/cache/apt -o -path ./var/lib/apt -o -path ./var/log \
		-o -path './var/lib/dpkg/*' -o -path './etc/*-' -o -path './etc/.pwd.lock' \
		-o -path ./var/cache/ldconfig \) -prune -o -type f -printf '%p %m %u:%g ' \
		-exec sha256sum {} \; -o -printf '%p %y %m %u:%g %l\n' | LC_ALL=C sort)
}

@test "installed, upgraded, removed and purged: what was there before is there after" {
	local root=$DIR/root tarball suite needs
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	needs=$(dpkg-deb -f "$DEB" Depends)
	tarball=$ROOTS/$suite-$(sha256sum <<<"$needs" | cut -c1-12).tar
	[ -e "$tarball" ] || make_root "$suite" "$needs" "$tarball"
	mkdir -p "$root"
	tar -C "$root" -xf "$tarball"
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
	# The configuration it comes with starts, with no runtime and no policy.
	run enter "$root" sh -c 'timeout --preserve-status 2 pullgate serve 2>&1; echo "ended $?"'
	has '"msg":"pullgate '
	has 'listens on unix:///run/pullgate/cri.sock'
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

	# A kubelet that is pointed at it stays the removal.
	mkdir -p "$root/var/lib/kubelet"
	echo 'imageServiceEndpoint: unix:///run/pullgate/cri.sock' \
		>"$root/var/lib/kubelet/config.yaml"
	run enter "$root" apt-get -q remove -y pullgate
	[ "$status" -ne 0 ]
	has 'pullgate node disable'
	has '/var/lib/kubelet/config.yaml'
	[ -x "$root/usr/bin/pullgate" ]
	rm -r "$root/var/lib/kubelet"

	# Enabled, then removed: the links go, the configuration stays.
	enter "$root" systemctl --quiet enable pullgate.socket pullgate.service
	[ -L "$root/etc/systemd/system/sockets.target.wants/pullgate.socket" ]
	quiet enter "$root" apt-get -q remove -y pullgate
	[ ! -e "$root/usr/bin/pullgate" ]
	grep -q '^unmatched: deny$' "$root/etc/pullgate/config.yaml"
	run find "$root/etc/systemd" -name 'pullgate*'
	[ -z "$output" ]

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
