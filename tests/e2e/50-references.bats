#!/usr/bin/env bats
# References that try to slip through: every string is given to containerd
# itself, to pullgate's command line and to a running pullgate, and all must
# read the same name in it, or none.

load lib.bash

setup_file() {
	load lib.bash
	world references
	# Every host is the registry on loopback: to containerd by its hosts.toml,
	# to pullgate by a proxy.  What asks for TLS meets a closed port.
	mkdir -p "$WORK/certs.d/_default"
	printf 'server = "http://%s"\n[host."http://%s"]\n' "$REGISTRY" "$REGISTRY" \
		>"$WORK/certs.d/_default/hosts.toml"
	policy main ours "docker.io/**" "registry.test/app/**" "$REGISTRY/app/**"
	# shellcheck disable=SC2034 # start_pullgate reads CONFIG
	CONFIG="
cache: {negativeTtl: 0s}
unmatched: deny
registries:
  docker.io: {plainHTTP: true}
  registry.test: {plainHTTP: true}"
	http_proxy=http://$REGISTRY https_proxy=http://127.0.0.1:1 start_pullgate
	UNSIGNED=$(push_image "$REGISTRY/library/known:1" unsigned)
	push_image "$REGISTRY/app/both:unsigned" unsigned
	SIGNED=$(push_image "$REGISTRY/app/both:signed" signed)
	push_image "$REGISTRY/library/trusted:1" signed
	sign 2.5 ours "$REGISTRY/app/both@$SIGNED"
	sign 2.5 ours "$REGISTRY/library/trusted@$SIGNED"
	printf '%s=%q\n' UNSIGNED "$UNSIGNED" SIGNED "$SIGNED" >>"$WORK/env"
}

teardown_file() {
	# shellcheck disable=SC1090
	. "$E2E_ENV"
	end_all
}

HEX=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
D256=sha256:$HEX
D512=sha512:$HEX$HEX

times() { # text n
	local blanks
	printf -v blanks "%${2}s" ''
	echo "${blanks// /$1}"
}

# Who reads what ----------------------------------------------------------
#
# Each leaves in `name` what was read: nothing where the string was no reference,
# and "?" with the answer where it was neither.

in_answer='^error [0-9]+ failed to pull and unpack image "([^"]*)": '
in_refusal='^error 2 (SignatureValidationFailed|RegistryUnavailable): image "([^"]*)": '
in_explanation='"image": "([^"]*)"'

# For a name that is not in the registry containerd's error tells which it was.
read_answer() {
	local LC_ALL=C
	name=
	case $1 in
	*"failed to parse image reference "* | *"invalid UTF-8"*) return 0 ;;
	esac
	if [[ $1 =~ $in_answer ]]; then name=${BASH_REMATCH[1]}; else name="? $1"; fi
}

read_refusal() {
	local LC_ALL=C
	name=
	case $1 in
	*'": invalid reference: '*) return 0 ;;
	esac
	if [[ $1 =~ $in_refusal ]]; then name=${BASH_REMATCH[2]}; else name="? $1"; fi
}

runtime_reads() {
	read_answer "$("$CRICLIENT" --socket "$RUNTIME" pull -- "$1")"
}

cli_reads() {
	local LC_ALL=C said
	name=
	if ! said=$("$PULLGATE" policy explain --config "$WORK/config.yaml" -o json -- "$1" 2>&1); then
		[[ $said == *": invalid reference: "* ]] || name="? $said"
		return 0
	fi
	if [[ $said =~ $in_explanation ]]; then name=${BASH_REMATCH[1]}; else name="? $said"; fi
}

# Asks for all of them in one run, and prints each answer, a NUL behind it.
ask_all() { # socket strings...
	local socket=$1
	shift
	"$CRICLIENT" --socket "$socket" pull -- "$@" another/one >"$WORK/said" || true
	# A line is the string, which may have line ends itself, and the answer.
	perl -0777 -e 'open my $f, "<", shift or die; my $said = "\n" . <$f>;
		for my $text (@ARGV) {
			my ($answer) = $said =~ /\n\Q$text\E ((?:ok|error) .*)\n/;
			print $answer // "no answer", "\0";
		}' "$WORK/said" "$@"
}

# What a row of the table says ----------------------------------------------

is_taken() {
	[ -n "$theirs" ] && [ "$ours" = "$theirs" ] && [ "$gate" = "$theirs" ]
}

is_one_name() {
	is_taken && [ "$theirs" = "$the_one" ]
}

is_no_reference() {
	[ -z "$theirs" ] && [ -z "$ours" ] && [ -z "$gate" ]
}

# containerd takes it, pullgate does not.
is_stricter() {
	[ -n "$theirs" ] && [ -z "$ours" ] && [ -z "$gate" ]
}

# pullgate reads it as later versions of containerd do.  This one takes neither
# the string nor what pullgate would hand on.
is_ahead() {
	[ -z "$theirs" ] && [ -n "$ours" ] && [ "$gate" = "$ours" ] || return 1
	runtime_reads "$ours"
	[ -z "$name" ]
}

rows() { # condition strings...
	local condition=$1 i name theirs ours gate bad=0
	local -a by_runtime by_gate
	shift
	remember_store
	mapfile -d '' by_runtime < <(ask_all "$RUNTIME" "$@")
	mapfile -d '' by_gate < <(ask_all "$LISTEN" "$@")
	[ "${#by_runtime[@]}" -eq $# ]
	[ "${#by_gate[@]}" -eq $# ]
	for ((i = 0; i < ${#by_gate[@]}; i++)); do
		read_answer "${by_runtime[i]}"
		theirs=$name
		read_refusal "${by_gate[i]}"
		gate=$name
		cli_reads "$1"
		ours=$name
		if [[ $theirs$ours$gate == *"?"* ]] || ! "$condition"; then
			printf '%.300q: not so: %s\n  runtime: %.300s\n  cli:     %.300s\n  gate:    %.300s\n' \
				"$1" "$condition" "$theirs" "$ours" "$gate"
			bad=1
		fi
		shift
	done
	store_unchanged
	[ "$bad" -eq 0 ]
}

taken() {
	rows is_taken "$@"
}

no_reference() {
	rows is_no_reference "$@"
}

# The two differences on purpose in which pullgate takes less.
stricter() {
	rows is_stricter "$@"
}

# What containerd learned after 1.6.
taken_since_1.6() {
	if [ "$CONTAINERD" = 1.6 ]; then rows is_ahead "$@"; else taken "$@"; fi
}

# All of them are one name, also to the runtime.
one_name() { # name strings...
	local the_one=$1
	shift
	rows is_one_name "$@"
}

# The table -------------------------------------------------------------------

@test "plain names, and what is filled in" {
	taken nginx nginx:1.25 acme/app acme/app:1 a/b/c/d 0 0/0:0 sha256 latest:latest \
		registry.k8s.io/pause:3.9 r.example.com r.example.com:5000 x:_.-Z \
		a.b-c_d__e---f r.example.com/a/b/c/d/e/f:t my-registry/app
}

@test "docker.io: its spellings are one name" {
	one_name docker.io/library/nginx:latest nginx library/nginx docker.io/nginx \
		docker.io/library/nginx index.docker.io/nginx index.docker.io/library/nginx \
		docker.io/library/nginx:latest index.docker.io/nginx:latest
	one_name docker.io/acme/app:1 acme/app:1 docker.io/acme/app:1 index.docker.io/acme/app:1
	one_name "docker.io/library/nginx@$D256" "nginx@$D256" "docker.io/nginx:1@$D256" \
		"index.docker.io/library/nginx:2@$D256"
}

@test "docker.io: what only looks like it is another name" {
	taken Docker.IO/nginx DOCKER.IO/library/nginx docker.IO/nginx Docker.io/acme/app \
		Index.docker.io/nginx index.docker.IO/nginx registry-1.docker.io/library/nginx \
		registry-1.docker.io/nginx registry.hub.docker.com/library/nginx \
		docker.io:443/nginx docker.io:80/library/nginx index.docker.io:443/nginx \
		www.docker.io/nginx docker.com/nginx docker.io docker.io:443 index.docker.io \
		docker.io/library docker.io/docker.io/nginx docker.io/library/library/nginx library/library/nginx \
		index.docker.io/docker.io/nginx docker-io/nginx d0cker.io/nginx
	no_reference docker.io/ docker.io//nginx docker.io./nginx docker.io/Library/nginx \
		docker.io/library/ .docker.io/nginx docker..io/nginx \
		docker.io/nginx/ docker.io:/nginx docker.io:https/nginx docker.io/NGINX \
		docker_io:443/nginx
}

@test "mixed case: in a host it is kept, in a repository it is refused" {
	taken R.Example.COM/app r.example.COM:5000/app:T R.EXAMPLE.COM/a/b XN--P1AI.example/a \
		"R.example.com/app@$D256" app:LATEST app:v1.0-RC1
	taken_since_1.6 UPPER/case A/a Library/nginx LOCALHOST/a Localhost/a aBc/d e-F/g
	no_reference App Nginx:1 acme/App docker.io/Acme/app r.example.com/App/x \
		localhost/A r.example.com:5000/a/B "r.example.com/A@$D256" library/Nginx
}

@test "ports: any digits, and nothing but digits" {
	taken r.example.com:5000/a r.example.com:0/a r.example.com:00443/a r.example.com:65535/a \
		r.example.com:65536/a r.example.com:99999/a r.example.com:99999999999999999999/a \
		a:1/b 127.0.0.1:1/a r.example.com:443/a r.example.com:80/a:80
	no_reference r.example.com:/a r.example.com:x/a r.example.com:-1/a r.example.com:+80/a \
		r.example.com:8o/a r.example.com:80:80/a r.example.com:80a/a :5000/a r.example.com:0x50/a \
		"r.example.com: 80/a" a:b/c r.example.com:80./a
}

@test "localhost, with a port and without" {
	taken localhost localhost:5000 localhost/a localhost/a/b:t localhost:5000/a localhost:0/a \
		localhosts/a localhost.localdomain/a 127.0.0.1/a 127.1/a 0/a 2130706433/a 0x7f.1/a \
		"localhost/a@$D256" local-host/a
	no_reference localhost/ localhost:/a localhost:x/a localhost./a localhost//a /localhost/a \
		localhost/A localhost:5000:1/a
}

@test "IPv6 hosts" {
	taken_since_1.6 '[::1]/a' '[::1]:5000/a' '[FE80::1]:1/a/b:t' '[2001:db8::1]/app' \
		"[::1]:5000/a@$D256" '[::]/a' '[:]/a' '[1]:2/a' '[::ffff:7f00:1]:80/a'
	no_reference '[]/a' '[1]/a' '[::1/a' '::1/a' '[::1' '[::1]' '[::1]:5000' '[zz]/a' '[::1]x/a' '[::1]:/a' \
		'[::1]:x/a' '[fe80::1%eth0]/a' '[fe80::1%25eth0]/a' '[::ffff:127.0.0.1]/a' '[[::1]]/a' \
		'x[::1]/a' '[::1].example.com/a' '[::g]/a' '[127.0.0.1]/a' 'fe80::1/a' ']:1/a'
}

@test "names in other scripts: only as xn--" {
	taken xn--p1ai.example/a xn--e1afmkfd.xn--p1ai:5000/a xn--80ak6aa92e.com/apple \
		xn--nginx xn--a/xn--b XN--80AK6AA92E.com/a
	no_reference xn--/a bücher.example/a пример.рф/a r.example.com/ä r.example.com/a:ä nginx:ñ \
		r．example．com/a r。example。com/a docker．io/nginx nginx：1 ａ/b
	# What cannot be seen here: a dotted capital i, a dotless i, a Kelvin sign, a
	# Cyrillic o, a fraction slash, a zero-width space, a right-to-left override, a
	# byte order mark, a combining diaeresis, a no-break space, an Arabic digit.
	no_reference $'\xc4\xb0.example/a' $'library/ng\xc4\xb1nx' $'\xe2\x84\xaa.example/a' \
		$'r.e\xe2\x84\xaample.com/a' $'d\xd0\xbecker.io/nginx' $'docker.io\xe2\x81\x84nginx' \
		$'docker\xe2\x80\x8b.io/nginx' $'nginx\xe2\x80\xae' $'\xef\xbb\xbfnginx' $'u\xcc\x88.example/a' \
		$'a\xc2\xa0b' $'r.example.com:8\xd9\xa0/a' $'nginx@\xd0\xb0'
}

@test "underscores, dashes and dots inside a name" {
	taken a_b a__b a-b a---b a.b/c_d my_registry.example.com/a my__registry.example.com/a \
		a_b.c/d a_b/c r--r.example.com/a a-b.c-d/e 0-0.example/a a----------b
	no_reference a___b _a a_ -a a- .a a. a..b a._b a_.b a.-b a-.b a-_b a_-b a__-b a/_b a/b_ a/-b \
		a/b- my_registry.example.com:5000/a my___r.example.com/a -r.example.com/a r-.example.com/a \
		r.-example.com/a _r.example.com/a __a/b
}

@test "dots in hosts" {
	taken r.example.com/a a.b/c 1.2.3.4/a 1.2.3.4:5/a 999.999.999.999/a a.b.c.d.e.f.g/h
	no_reference r.example.com./a r.example.com.:5000/a r..example.com/a .r.example.com/a ./a ../a \
		.../a r.example.com../a .:5000/a .:/a a./b
}

@test "digests" {
	taken "r.example.com/a@$D256" "a@$D512" "r.example.com:5000/a/b@$D512" "localhost/a@$D256"
	no_reference "a@md5:${HEX:32}" "a@sha1:${HEX:24}" "a@sha224:${HEX:8}" "a@blake3:$HEX" \
		"a@sha512_256:$HEX" "a@sha512/256:$HEX" "a@sha3-256:$HEX" "a@sha256+b64:$HEX" \
		"a@SHA256:$HEX" "a@Sha256:$HEX" "a@sha256:${HEX^^}" "a@sha256:${HEX:0:63}A" \
		"a@sha256:${HEX:1}" "a@${D256}0" "a@sha256:${HEX:32}" "a@sha256:" "a@sha256" "a@" "a@$HEX" \
		"a@sha256:${HEX:0:63}g" "a@sha512:$HEX" "a@sha256:$HEX$HEX" "a@sha512:${HEX^^}$HEX" \
		"a@sha384:$HEX" "a@sha256-$HEX" "a@:$HEX" "a@sha256:$HEX:t" "a@sha256:$HEX/b" "a@ $D256" \
		"a@$D256 " "a@sha256: $HEX" "a@sha256::$HEX" "@$D256" "/@$D256" "a/@$D256" "a@sha256:0x${HEX:2}"
	# Nobody can check it: the image specification registers sha256 and sha512,
	# and registries answer for nothing else.
	stricter "a@sha384:$HEX${HEX:32}" "r.example.com/a:1@sha384:$HEX${HEX:32}"
}

@test "tag and digest: the tag is dropped" {
	one_name "r.example.com/a@$D256" "r.example.com/a:1@$D256" "r.example.com/a:latest@$D256" \
		"r.example.com/a@$D256" "r.example.com/a:sha256@$D256" "r.example.com/a:$HEX@$D256" \
		"r.example.com/a:sha256-$HEX.sig@$D256"
	taken "a:1@$D512" "r.example.com:5000/a:5000@$D256" "docker.io:443@$D256" "sha256:$HEX@$D256"
	no_reference "a:@$D256" "a:-1@$D256" "a:1:2@$D256" "a:1@sha256:${HEX:1}" "a@$D256:1" \
		"a:1@" "a:1@latest" "a:b/c@$D256" "a: @$D256" "r.example.com:x/a:1@$D256"
}

@test "twice the same sign" {
	no_reference "a@$D256@$D256" "a@$D256@$D512" "a@@$D256" a@@ a@b "a@b@$D256" "user@r.example.com/a@$D256" \
		user@r.example.com/a user:pass@r.example.com/a a:1:2 a::1 a:1: a:: : :: @ @@ :1 \
		"r.example.com:1:2/a" "r.example.com/a:1:2" "a:1@$D256:2" "a@b:c" "a:1@b:2"
}

@test "ways out of a path" {
	no_reference ../a a/../b a/.. a/./b ./a . .. / // /a //a a/ a// a//b /a/b '\a' 'a\b' 'a/..\b' \
		'..\a' 'r.example.com\a' %2e%2e/a a/%2e%2e/b a%2fb r.example.com%2fa a/%00 'a/b%20c' \
		r.example.com/../a r.example.com/a/../../b r.example.com//a r.example.com/a/ r.example.com/ \
		/etc/passwd /var/lib/images/a.tar \~/a a/~b a/b:../../c a:/b a:1/../2 r.example.com/a:1/ \
		'a;b' 'a|b' 'a$b' 'a`b`' 'a*' '*' '**' 'a?b' 'a#b' 'a&b' 'a=b' 'a+b' 'a,b' '{a}' '<a>' "a'b" 'a"b' 'a!b' 'a^b'
}

@test "lengths" {
	local name255 tag128
	name255=r.example.com/$(times a 241)
	tag128=$(times t 128)
	[ "${#name255}" -eq 255 ]
	taken "$name255" "$name255:$tag128" "${name255}:t@$D512" "a:$tag128" "$(times a 237)" \
		"r.example.com:5000/$(times a/ 117)aa" "$(times a 128)/$(times b 116)" "$(times a. 60)b/c"
	no_reference "a:${tag128}t" "a:${tag128}t@$D256" "$(times a 4096)" "r.example.com/$(times a 4082)" \
		"$(times a/ 2048)a" "r.example.com/$(times a 256)" "$(times a 256):t" "$(times a 5000):1@$D256" \
		"a:$(times t 4096)" "a@sha256:$(times a 4096)" "$(times A 1000)" "$(times / 4096)" "$(times : 300)"
}

@test "lengths: the registry's host counts" {
	local long
	# The distribution specification's advice, 255 for host and name together, and
	# containerd's rule up to 1.6; later ones count the repository alone.
	long=("r.example.com/$(times a 242)" "r.example.com/$(times a 255):t" "$(times a 238)" \
		"docker.io/$(times a 238)@$D256" "$(times a. 200)b/c")
	if [ "$CONTAINERD" = 1.6 ]; then no_reference "${long[@]}"; else stricter "${long[@]}"; fi
}

@test "image ids given as references" {
	one_name "docker.io/library/sha256:$HEX" "sha256:$HEX" "docker.io/sha256:$HEX" "library/sha256:$HEX"
	taken "${HEX:0:12}" "${HEX:0:63}" "${HEX}0" "$HEX:t" "a/$HEX" "r.example.com/$HEX" "sha256:${HEX:0:12}" \
		"sha512:$HEX" "$D512" "sha256/$HEX" "$HEX@$D256" "docker.io/$HEX" "docker.io/library/$HEX"
	# Alone it is an id and no name.
	no_reference "$HEX" "${HEX^^}" "@$HEX" "sha256@$HEX" "sha256:$HEX${HEX}0" "sha256:$HEX:t" "$D256:sha256:$HEX" "sha256:$HEX@"
}

@test "nothing, white space and control bytes" {
	# By itself: in an answer it cannot be told from the end of "nginx\n".
	no_reference ''
	no_reference ' ' '  ' $'\t' $'\n' ' nginx' 'nginx ' $'nginx\n' $'\nnginx' $'nginx\r\n' $'ng\tinx' \
		'ng inx' 'nginx :1' 'nginx: 1' 'r.example.com /a' $'nginx\nlibrary/other' $'a\va' $'a\fa' $'a\ra' \
		$'a\x01' $'a\x1b[2Jb' $'\x7f' $'a\x7fb' $'a\ab' $'nginx\r' $'\x08a' 'nginx: ' $'r.example.com/a\n:1'
}

@test "bytes that are no UTF-8" {
	no_reference $'\xff' $'a\xff' $'\xffa/b' $'r.example.com/a\xc3' $'\xc0\xafa' $'a/\xc0\xae\xc0\xae/b' \
		$'a:\x80' $'\xed\xa0\x80a' $'\xf4\x90\x80\x80' $'a@\xfe' $'nginx\xe2\x82'
}

# A PullImageRequest whose image is what printf makes of the text.
ask_for_bytes() { # socket text
	local name
	# shellcheck disable=SC2059 # bytes are what it is for
	printf "$2" >"$WORK/name"
	name=$(wc -c <"$WORK/name")
	[ "$name" -lt 126 ]
	# shellcheck disable=SC2059
	{ printf "\\x0a\\x$(printf %02x $((name + 2)))\\x0a\\x$(printf %02x "$name")"; cat "$WORK/name"; } >"$WORK/request"
	"$CRICLIENT" --socket "$1" call /runtime.v1.ImageService/PullImage "$WORK/request"
}

@test "a NUL ends nothing" {
	# The request is well made: of a name without a NUL both read the same.
	read_answer "$(ask_for_bytes "$RUNTIME" 'acme/nul')"
	[ "$name" = docker.io/acme/nul:latest ]
	read_refusal "$(ask_for_bytes "$LISTEN" 'acme/nul')"
	[ "$name" = docker.io/acme/nul:latest ]
	remember_store
	for text in '\0' 'nginx\0' '\0nginx' 'nginx\0evil' 'docker.io\0/nginx' 'r.example.com/a:1\0' \
		"a@$D256\\0" "$REGISTRY/app/both:signed\\0" "$REGISTRY/app/both\\0:unsigned" \
		"$REGISTRY/app/both:unsigned\\0@$SIGNED"; do
		run ask_for_bytes "$RUNTIME" "$text"
		says "error "
		read_answer "$output"
		[ -z "$name" ]
		run ask_for_bytes "$LISTEN" "$text"
		is_refused "invalid reference: too long, or no plain text"
	done
	store_unchanged
}

@test "schemes" {
	no_reference http://r.example.com/a https://r.example.com/a docker://nginx docker://r.example.com/a:1 \
		oci:/a oci:/a:1 containers-storage:a/b docker-daemon:a/b:1 dir:/tmp/a file:///etc/passwd \
		unix:///run/a oci-archive:/a.tar atomic:r.example.com/a http:/a //r.example.com/a 'oci:a/b:c'
	# These are tags and ports, to everybody.
	taken docker-daemon:nginx oci:a http:80/a
}

# The table's names are read; here they are stored.
@test "containerd stores an image under the name that pullgate reads" {
	for text in known:1 docker.io/known:1 index.docker.io/library/known:1 Docker.IO/library/known:1 \
		registry-1.docker.io/library/known:1 R.example.com:99999/app/both:unsigned \
		my_registry.example.com/app/both:unsigned "known:other@$UNSIGNED"; do
		run "$CRICLIENT" --socket "$RUNTIME" pull "$text"
		is_admitted
		cli_reads "$text"
		base=${name%@*}
		[ "$base" != "$name" ] || base=${name%:*}
		[ "$(runtime_images)" = "$(printf '%s\n' "${output#ok }" "$name" "$base@$UNSIGNED" | sort -u)" ]
		# shellcheck disable=SC2046 # a list
		$CTR images rm --sync $(runtime_images) >/dev/null
	done
	[ -z "$(runtime_images)" ]
}

# Through pullgate ------------------------------------------------------------

refused_as() { # words images...
	local words=$1 image
	shift
	for image in "$@"; do
		pull pull -- "$image"
		is_refused "$words"
	done
}

@test "an unsigned image of docker.io does not get through by any spelling" {
	remember_store
	refused_as 'image "docker.io/library/known:1": policy "main": no signatures found' \
		known:1 library/known:1 docker.io/known:1 docker.io/library/known:1 index.docker.io/known:1 \
		index.docker.io/library/known:1
	refused_as "image \"docker.io/library/known@$UNSIGNED\": policy \"main\": no signatures found" \
		"known@$UNSIGNED" "index.docker.io/known:trusted@$UNSIGNED" "docker.io/library/known:1@$UNSIGNED"
	# A host's case is no way out of a policy.
	refused_as 'policy "main": no signatures found' \
		Docker.IO/library/known:1 DOCKER.IO/library/known:1 docker.iO/library/known:1 \
		"Docker.io/library/known:1@$UNSIGNED"
	# These are other names, whoever answers there: the policy is silent, and
	# what no policy covers is refused.
	refused_as 'no policy covers this image' \
		registry-1.docker.io/library/known:1 docker.io:443/library/known:1 docker.io:80/library/known:1 \
		index.docker.io:443/library/known:1 Index.docker.io/library/known:1 \
		registry.hub.docker.com/library/known:1 "registry-1.docker.io/library/known:1@$UNSIGNED"
	store_unchanged
}

@test "an unsigned image of a host with a name does not get through by any spelling" {
	remember_store
	refused_as 'policy "main": no signatures found' \
		registry.test/app/both:unsigned Registry.Test/app/both:unsigned REGISTRY.TEST/app/both:unsigned \
		"registry.tesT/app/both@$UNSIGNED" "registry.test/app/both:signed@$UNSIGNED"
	refused_as 'no policy covers this image' \
		registry.test:80/app/both:unsigned registry.test:080/app/both:unsigned \
		REGISTRY.test:443/app/both:unsigned registry.test/library/known:1 registry.tests/app/both:unsigned
	refused_as 'invalid reference: ' registry.test./app/both:unsigned registry.test//app/both:unsigned \
		registry.test/App/both:unsigned registry.test/app/../library/known:1 registry.test:/app/both:unsigned \
		"registry.test/app/both:unsigned " http://registry.test/app/both:unsigned \
		$'reg\u0131stry.test/app/both:unsigned' registry．test/app/both:unsigned
	store_unchanged
}

@test "an unsigned image of a port does not get through by any spelling" {
	port=${REGISTRY##*:}
	remember_store
	refused_as 'policy "main": no signatures found' "$REGISTRY/app/both:unsigned" \
		"$REGISTRY/app/both@$UNSIGNED" "$REGISTRY/app/both:signed@$UNSIGNED" \
		"$REGISTRY/app/both:${SIGNED/:/-}.sig" "$REGISTRY/app/both:${SIGNED/:/-}.sig@$UNSIGNED"
	refused_as 'no policy covers this image' "localhost:$port/app/both:unsigned" "127.0.0.1:0$port/app/both:unsigned" \
		"127.1:$port/app/both:unsigned" "127.0.0.2:$port/app/both:unsigned" "LocalHost:$port/app/both:unsigned" \
		"[::1]:$port/app/both:unsigned" "$REGISTRY/library/known:1"
	refused_as 'invalid reference: ' "$REGISTRY/app/both:unsigned:signed" "$REGISTRY/app/both@$SIGNED@$UNSIGNED" \
		"$REGISTRY/app//both:unsigned" "$REGISTRY:$port/app/both:unsigned" "[::ffff:127.0.0.1]:$port/app/both:unsigned"
	store_unchanged
}

@test "a lying tag: the digest's image is verified, and nothing else is pulled" {
	remember_store
	refused_as "image \"$REGISTRY/app/both@$UNSIGNED\": policy \"main\": no signatures found" \
		"$REGISTRY/app/both:signed@$UNSIGNED" "$REGISTRY/app/both:nosuch@$UNSIGNED"
	# The digest of a signed image does not help where its signature is not.
	pull pull "$REGISTRY/app/elsewhere:1@$SIGNED"
	[ "$status" -eq 1 ]
	store_unchanged
	for tag in unsigned nosuch signed; do
		pull pull "$REGISTRY/app/both:$tag@$SIGNED"
		is_admitted
	done
	id=${output#ok }
	[ "$(decision "$REGISTRY/app/both@" digest)" = "$SIGNED" ]
	[ "$(runtime_images)" = "$(printf '%s\n' "$REGISTRY/app/both@$SIGNED" "$id" | sort)" ]
	runtime_content >"$WORK/content"
	grep -qx "$SIGNED" "$WORK/content"
	never grep -x "$UNSIGNED" "$WORK/content"
	pull status "$REGISTRY/app/both:unsigned"
	says absent
}

@test "a signed image comes by every spelling, under its own name" {
	while read -r text name; do
		pull pull "$text"
		is_admitted
		runtime_images >"$WORK/images"
		grep -qx "$name@$SIGNED" "$WORK/images"
		[[ $text == *@* ]] || grep -qx "$name:${text##*:}" "$WORK/images"
		# shellcheck disable=SC2046 # a list
		$CTR images rm --sync $(cat "$WORK/images") >/dev/null
	done <<-TABLE
	trusted:1 docker.io/library/trusted
	docker.io/trusted:1 docker.io/library/trusted
	index.docker.io/trusted:1 docker.io/library/trusted
	docker.io/library/trusted:other@$SIGNED docker.io/library/trusted
	Docker.IO/library/trusted:1 Docker.IO/library/trusted
	Registry.Test/app/both:signed Registry.Test/app/both
	TABLE
}

@test "the id of an image that is there is no way to pull it" {
	pull pull "$REGISTRY/app/both:signed"
	is_admitted
	id=${output#ok }
	remember_store
	pull pull "$id"
	is_unavailable "image \"docker.io/library/$id\": policy \"main\": "
	pull pull "${id#sha256:}"
	is_refused "invalid reference: an image id is no name"
	hex=${id#sha256:}
	pull pull "${hex:0:12}"
	is_unavailable "image \"docker.io/library/${hex:0:12}:latest\": policy \"main\": "
	store_unchanged
}

@test "the sanitizers have nothing to say" {
	end pullgate
	never grep -E 'Sanitizer|runtime error' "$WORK/pullgate.log"
}
