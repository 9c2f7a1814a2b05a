#!/usr/bin/env bats
# The command line: what it says, and with which exit code.

setup_file() {
	export TOP=$BATS_TEST_DIRNAME/../..
	export PULLGATE=${PULLGATE:-$TOP/build/pullgate}
	export DIR=$TOP/build/e2e/cli
	rm -rf "$DIR"
	mkdir -p "$DIR/empty"
	cat >"$DIR/good.yaml" <<-'YAML'
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: good}
	spec:
	  images: ["127.0.0.1:1/**"]
	  timeout: 2s
	  attestors:
	    - entries:
	        - keys: {file: key.pub}
	          rekor: {ignoreTlog: true}
	YAML
	openssl ecparam -name prime256v1 -genkey -noout |
		openssl ec -pubout -out "$DIR/key.pub" 2>/dev/null
	sed 's/name: good/name: bad/; s/images/imags/; s/ignoreTlog: true/ignoreTlog: false/' \
		"$DIR/good.yaml" >"$DIR/bad.yaml"
}

# What a test that failed half-way left running.
teardown() {
	for p in ${pid:-} ${listener:-}; do
		kill "$p" || true
	done
}

run_pullgate() { # exit-code arguments...
	local want=$1
	shift
	run "$PULLGATE" "$@"
	if [ "$status" -ne "$want" ]; then
		echo "exit code $status: $output"
		return 1
	fi
}

has() {
	[[ $output == *"$1"* ]] || {
		echo "$output"
		return 1
	}
}

@test "usage: help, versions, mistakes" {
	run_pullgate 2
	has "Commands:"
	run_pullgate 0 help
	run_pullgate 0 --help
	run_pullgate 0 version
	has "pullgate "
	run_pullgate 0 --version
	run_pullgate 0 version --help
	run_pullgate 2 version nonsense
	has 'unexpected argument "nonsense"'
	run_pullgate 2 nonsense
	has 'unknown command "nonsense"'
	run_pullgate 2 policy
	for command in serve verify "policy check" "policy explain" "policy test" inspect verify-bundle; do
		# shellcheck disable=SC2086
		run_pullgate 0 $command --help
		has "Usage: pullgate $command"
		# shellcheck disable=SC2086
		run_pullgate 2 $command --nonsense
	done
	run_pullgate 2 verify
	has "name one image"
	run_pullgate 2 verify a b
	run_pullgate 2 verify -o xml a
	run_pullgate 2 verify --pod-label nonsense a
	run_pullgate 2 policy check
	run_pullgate 2 policy check -o xml "$DIR/good.yaml"
	run_pullgate 2 policy explain
	run_pullgate 2 policy test
	run_pullgate 2 policy explain --record x nginx
	has "--record is for pullgate verify"
	run_pullgate 2 policy explain --policy "$DIR/good.yaml" "A b"
	has "invalid reference"
	run_pullgate 2 serve extra
}

@test "policy check: fine" {
	run_pullgate 0 policy check "$DIR/good.yaml"
	has "1 policy, all fine"
	run_pullgate 0 policy check "$DIR/empty"
	has "0 policies"
	run_pullgate 0 policy check "$TOP/policy/examples"
}

@test "policy check: every mistake with its place" {
	run_pullgate 2 policy check "$DIR/bad.yaml"
	has "bad.yaml:5:3: "
	run_pullgate 2 policy check "$DIR/no-such-file.yaml"
	has "no-such-file.yaml"
}

@test "policy check: the line and a caret, but nothing of a key" {
	cat >"$DIR/caret.yaml" <<-'YAML'
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: caret}
	spec:
	  images: ["r.io/ü/**", nginx]
	  attestors:
	    - entries:
	        - keys: {publicKeys: "-----BEGIN PRIVATE KEY----- s3cret"}
	          rekor: {ignoreTlog: true}
	YAML
	run_pullgate 2 policy check "$DIR/caret.yaml"
	has '  images: ["r.io/ü/**", nginx]'
	[ "${lines[2]}" = '             ^' ]
	[ "${lines[5]}" = '                          ^' ]
	[[ "$output" != *s3cret* ]]
	run_pullgate 2 policy check -o json "$DIR/caret.yaml"
	[ "$(jq -c '[.errors[] | [.line, .column]]' <<<"$output")" = '[[5,12],[5,25],[8,30]]' ]
	[[ "$output" != *s3cret* ]]
	run_pullgate 0 policy check -o json "$DIR/good.yaml"
	[ "$(jq -c . <<<"$output")" = '{"policies":1,"errors":[],"remarks":[]}' ]
	rm "$DIR/caret.yaml"
}
@test "policy explain: what covers an image, what does not, and why" {
	cat >"$DIR/explain.yaml" <<-'YAML'
	apiVersion: pullgate.dev/v1
	kind: ImagePolicy
	metadata: {name: web}
	spec:
	  images: ["r.example.com/**"]
	  excludeImages: ["r.example.com/free/**"]
	  namespaces: ["prod-*"]
	  excludeNamespaces: [prod-test]
	  podSelector: {matchLabels: {tier: web}}
	  reference: {denyTags: [latest], requireDigest: true}
	YAML
	explain() {
		run_pullgate 0 policy explain -o json --policy "$DIR/good.yaml" --policy "$DIR/explain.yaml" "$@"
		jq -r '.policies[] | select(.name == "web") | "\(.covers) \(.why)"' <<<"$output"
	}
	[ "$(explain --namespace prod-1 --pod-label tier=web r.example.com/a)" = "true null" ]
	[ "$(explain --namespace dev --pod-label tier=web r.example.com/a)" = "false no pattern of namespaces matches" ]
	[ "$(explain --pod-label tier=web r.example.com/a)" = "false it is for pods of some namespaces, and the pull names no pod" ]
	[ "$(explain --namespace prod-test --pod-label tier=web r.example.com/a)" = "false it excludes this namespace" ]
	[ "$(explain --namespace prod-1 --pod-label tier=db r.example.com/a)" = "false podSelector does not match" ]
	[ "$(explain --namespace prod-1 --pod-label tier=web nginx)" = "false no pattern of images matches" ]
	[ "$(explain --namespace prod-1 --pod-label tier=web r.example.com/free/a)" = "false it excludes this image" ]
	run_pullgate 0 policy explain --policy "$DIR/good.yaml" --policy "$DIR/explain.yaml" 127.0.0.1:1/app:2
	has "Image        127.0.0.1:1/app:2"
	has "covers it, action enforce"
	has "1 of 1 must hold"
	has "in   the image's repository"
	has "signed by any of sha256:"
	run_pullgate 0 policy explain --policy "$DIR/explain.yaml" nginx
	has "Unmatched    refused"
	# verify sees the same.
	run_pullgate 1 verify --policy "$DIR/explain.yaml" --namespace prod-1 --pod-label tier=web r.example.com/a:latest
	has "image is not named by digest"
	run_pullgate 1 verify --policy "$DIR/explain.yaml" --namespace prod-1 --pod-label tier=db r.example.com/a:latest
	has "no policy covers"
	rm "$DIR/explain.yaml"
}
@test "policy check: a key that is none" {
	sed 's/name: good/name: nokey/; s/key.pub/good.yaml/' "$DIR/good.yaml" >"$DIR/nokey.yaml"
	run_pullgate 2 policy check "$DIR/nokey.yaml"
	has "nokey.yaml:9:"
	has "BEGIN PUBLIC KEY"
	rm "$DIR/nokey.yaml"
}

@test "verify: a registry that is not there" {
	run_pullgate 1 verify --policy "$DIR/good.yaml" 127.0.0.1:1/app:1
	has 'RegistryUnavailable: image "127.0.0.1:1/app:1": policy "good": registry 127.0.0.1:1: 127.0.0.1:1: connection refused'
}

@test "verify: JSON is one object on standard output, and nothing else" {
	run bash -c "'$PULLGATE' verify --policy '$DIR/good.yaml' --namespace prod -o json 127.0.0.1:1/app:1 2>'$DIR/err'"
	[ "$status" -eq 1 ]
	[ ! -s "$DIR/err" ]
	jq -e '.image == "127.0.0.1:1/app:1" and .verdict == "refused" and .namespace == "prod"
		and .cause == "registry-unavailable" and .digest == null
		and .policies[0].name == "good" and .policies[0].verdict == "undecided"' <<<"$output"
	run bash -c "'$PULLGATE' verify --policy '$DIR/good.yaml' 127.0.0.1:1/app:1 2>/dev/null"
	[ -z "$output" ]
}

@test "verify: images no policy covers, and what is no image" {
	run_pullgate 1 verify --policy "$DIR/good.yaml" nginx
	has "no policy covers this image"
	run_pullgate 1 verify --policy "$DIR/good.yaml" 'Not An Image'
	has "invalid reference"
	run_pullgate 2 verify --policy "$DIR/bad.yaml" nginx
	run_pullgate 2 verify --config "$DIR/no-such-file" nginx
}

@test "verify: terminals are not moved by what strangers write" {
	run_pullgate 1 verify --policy "$DIR/good.yaml" $'nginx\e[2J'
	[[ $output != *$'\e'* ]]
}

@test "configuration: unknown keys with their place" {
	printf 'listen: unix:///x\nlisten2: y\nunmatched: maybe\nworkers: 0\ncache: {ttl: 1h, tll: 1h}\nmetrics: x\n' >"$DIR/config.yaml"
	run_pullgate 2 serve --config "$DIR/config.yaml"
	has 'config.yaml:2:1: unknown field "listen2" in the configuration'
	has "config.yaml:3:12: one of these is expected: deny, warn, allow"
	has "config.yaml:4:10: 0 is out of range (1 to 64)"
	has 'config.yaml:5:18: unknown field "tll" in cache'
	has "config.yaml:6:10: \"x\" is no address on this machine"
	run_pullgate 2 verify --config "$DIR/config.yaml" nginx
	has "config.yaml:4:10: "
}

@test "the example configuration loads" {
	sed 's/^# \(registries\|  \)/\1/' "$TOP/plugin/deploy/config.yaml" >"$DIR/example.yaml"
	run_pullgate 2 serve --config "$DIR/example.yaml" --listen unix://relative --policy "$DIR/good.yaml"
	has "is no Unix socket address"
}

@test "serve: no policy is a mistake, unless unmatched says otherwise" {
	run_pullgate 2 serve --listen "unix://$DIR/p.sock"
	has "no policy is configured"
	[ ! -e "$DIR/p.sock" ]
}

@test "serve: a stale socket is replaced, a live one and a file are not" {
	echo "unmatched: warn" >"$DIR/warn.yaml"
	echo precious >"$DIR/file.sock"
	run_pullgate 2 serve --config "$DIR/warn.yaml" --listen "unix://$DIR/file.sock" --runtime unix:///nowhere
	has "is there and is no socket"
	[ "$(cat "$DIR/file.sock")" = precious ]
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Listen => 1, Local => $ARGV[0])' "$DIR/s.sock"
	[ -S "$DIR/s.sock" ]
	"$PULLGATE" serve --config "$DIR/warn.yaml" --listen "unix://$DIR/s.sock" \
		--runtime unix:///nowhere 2>"$DIR/serve.log" 3>&- &
	pid=$!
	for _ in $(seq 100); do
		grep -q listens "$DIR/serve.log" && break
		sleep 0.05
	done
	[ "$(stat -c %a "$DIR/s.sock")" = 660 ]
	run_pullgate 2 serve --config "$DIR/warn.yaml" --listen "unix://$DIR/s.sock" --runtime unix:///nowhere
	has "is in use"
	kill -HUP "$pid"
	for _ in $(seq 100); do
		grep -q "policies reloaded" "$DIR/serve.log" && break
		sleep 0.05
	done
	kill "$pid"
	wait "$pid"
	unset pid
	grep -q "policies reloaded: 0 in force" "$DIR/serve.log"
	[ ! -e "$DIR/s.sock" ]
}

# Serve in the background, told to systemd in a file of its own.
start_serve() { # name arguments...
	local name=$1
	shift
	perl -MIO::Socket::UNIX -e '
		$| = 1;
		my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
		while (defined recv($s, my $m, 4096, 0)) { print "$m\n"; last if $m =~ /STOPPING/ }
	' "$DIR/$name.notify" >"$DIR/$name.told" 3>&- &
	listener=$!
	until [ -S "$DIR/$name.notify" ]; do sleep 0.02; done
	NOTIFY_SOCKET=$DIR/$name.notify "$PULLGATE" serve "$@" 2>"$DIR/$name.log" 3>&- &
	pid=$!
	wait_for "^READY=1" "$DIR/$name.told"
}

wait_for() { # pattern file [count]
	for _ in $(seq 200); do
		[ "$(grep -c "$1" "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.05
	done
	echo "no $1 in $2:"
	cat "$2"
	return 1
}

end_serve() { # exit code of serve
	local code=0
	kill "$pid"
	wait "$pid" || code=$?
	wait "$listener"
	unset pid listener
	return $code
}

@test "serve: reloads policies whole or not at all, and says so" {
	mkdir -p "$DIR/set"
	cp "$DIR/key.pub" "$DIR/good.yaml" "$DIR/set/"
	start_serve reload --listen "unix://$DIR/r.sock" --runtime unix:///nowhere --policy "$DIR/set"
	wait_for "STATUS=1 policies in force" "$DIR/reload.told"

	cp "$DIR/bad.yaml" "$DIR/set/"
	kill -HUP "$pid"
	wait_for "^STATUS=policies not reloaded" "$DIR/reload.told"
	grep -q 'bad.yaml:5:3: ' "$DIR/reload.log"
	grep -q '"level":"error","msg":"policies not reloaded: the ones before stay in force"' "$DIR/reload.log"

	# None at all is a mistake as well.
	rm "$DIR/set/bad.yaml" "$DIR/set/good.yaml"
	kill -HUP "$pid"
	wait_for "^STATUS=policies not reloaded" "$DIR/reload.told" 2
	grep -q "no policy is configured" "$DIR/reload.log"

	cp "$DIR/good.yaml" "$DIR/set/"
	sed 's/name: good/name: better/' "$DIR/good.yaml" >"$DIR/set/better.yaml"
	kill -HUP "$pid"
	wait_for "^STATUS=2 policies in force" "$DIR/reload.told"
	end_serve
	grep -q "^STOPPING=1" "$DIR/reload.told"
	[ ! -e "$DIR/r.sock" ]
	# Every line is a JSON object with its time and level.
	jq -es 'all(.[]; .time and .level and .msg)' "$DIR/reload.log"
}

@test "serve: what cannot be run ends it with 2, and leaves no socket" {
	printf 'audit: %s/none/audit.jsonl\n' "$DIR" >"$DIR/audit.yaml"
	run_pullgate 2 serve --config "$DIR/audit.yaml" --policy "$DIR/good.yaml" --listen "unix://$DIR/x.sock"
	has "audit: cannot open $DIR/none/audit.jsonl: No such file or directory"
	run_pullgate 2 serve --policy "$DIR/bad.yaml" --listen "unix://$DIR/x.sock"
	has "bad.yaml:5:3: "
	run_pullgate 2 serve --config "$DIR" --listen "unix://$DIR/x.sock"
	has "is no regular file"
	[ ! -e "$DIR/x.sock" ]
}

@test "policies of the command line replace those of the configuration" {
	printf 'policies: [%s/bad.yaml]\n' "$DIR" >"$DIR/replace.yaml"
	run_pullgate 2 verify --config "$DIR/replace.yaml" 127.0.0.1:1/app:1
	has "bad.yaml:5:3: "
	run_pullgate 1 verify --config "$DIR/replace.yaml" --policy "$DIR/good.yaml" 127.0.0.1:1/app:1
	has 'policy "good"'
}

@test "verify: unmatched images go through where the configuration says so" {
	for word in warn allow; do
		echo "unmatched: $word" >"$DIR/unmatched.yaml"
		run_pullgate 0 verify --config "$DIR/unmatched.yaml" -o json nginx
		jq -e '.verdict == "allowed" and .policies == []' <<<"$output"
	done
	echo "unmatched: deny" >"$DIR/unmatched.yaml"
	run_pullgate 1 verify --config "$DIR/unmatched.yaml" -o json nginx
	jq -e '.verdict == "refused" and .cause == "no-policy"' <<<"$output"
}

@test "verify: colour is for terminals alone" {
	run_pullgate 1 verify --policy "$DIR/good.yaml" nginx
	[[ $output != *$'\e'* ]]
	run script -qec "'$PULLGATE' verify --policy '$DIR/good.yaml' nginx" /dev/null
	[ "$status" -eq 1 ]
	has $'\e[31mrefused\e[0m'
	NO_COLOR=1 run script -qec "'$PULLGATE' verify --policy '$DIR/good.yaml' nginx" /dev/null
	[[ $output != *$'\e'* ]]
}
