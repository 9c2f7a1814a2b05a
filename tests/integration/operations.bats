#!/usr/bin/env bats
# What an operator has beside the program: man pages, completions, a dashboard and
# alerts.  They name all that the program has, and nothing that it has not; what it
# has, its own --help and its sources say.

bats_require_minimum_version 1.5.0

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export TOP DIR=$TOP/build/e2e/operations DEPLOY=$TOP/plugin/deploy
	export PULLGATE=${PULLGATE:-$TOP/build/pullgate} PROMTOOL=$TOP/build/tools/bin/promtool
	rm -rf "$DIR"
	mkdir -p "$DIR/zsh"
	cp "$DEPLOY/completion/pullgate.zsh" "$DIR/zsh/_pullgate"
	printf 'a: b\n' >"$DIR/policy.yaml"
	commands >"$DIR/commands"
}

teardown_file() {
	rm -rf "$TOP/build/e2e/operations"
}

# Every command, a line each; those with verbs of their own, such as `node enable`,
# once a verb.
commands() {
	local name
	"$PULLGATE" help | sed -n 's/^  pullgate \(.\{14\}\) .*/\1/p' | sed 's/ *$//' |
		while read -r name; do
			verbs "$name" | grep . || echo "$name"
		done
}

verbs() { # command
	"$PULLGATE" "$1" --help 2>/dev/null </dev/null |
		sed -n "1,/^\$/s/^\(Usage:\)\? *pullgate $1 \([a-z]\+\) .*/$1 \2/p"
}

# The flags in the usage of a command, a line each.
flags() { # command
	local first=${1%% *} text
	# shellcheck disable=SC2086 # a command of two words
	text=$("$PULLGATE" $1 --help </dev/null | sed '/^$/,$d')
	if verbs "$first" | grep -qx "$1"; then
		# Its own part of what is one usage.
		text=$("$PULLGATE" "$first" --help </dev/null | sed '/^$/,$d' |
			sed 's/^\(Usage:\)\? *pullgate /@/' | tr '\n' ' ' | tr '@' '\n' | grep "^$1 ")
	fi
	grep -oE '(^|[[( ])--?[a-z][a-z-]*' <<<"$text" | tr -d '[( ' | sort -u
}

# --output is -o's other name, and every command has --help.
flags_and_help() { # command
	{
		flags "$1"
		! flags "$1" | grep -qx -e -o || echo --output
		printf '%s\n' -h --help
	} | sort -u
}

page() { # page
	mandoc -T utf8 "$DEPLOY/man/$1" | col -b
}

@test "there are commands to speak of" {
	[ "$(wc -l <"$DIR/commands")" -ge 9 ]
	grep -qx serve "$DIR/commands"
	grep -qx 'policy explain' "$DIR/commands"
	[ "$(flags 'policy test')" = --config ]
	[ "$(flags verify-bundle | wc -l)" -eq 6 ]
}

# --- man pages

@test "mandoc finds nothing to complain of" {
	local file
	for file in "$DEPLOY"/man/*.[15]; do
		run mandoc -T lint -W warning "$file"
		echo "$output"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
	[ "$(cd "$DEPLOY/man" && echo *)" = "pullgate-config.5 pullgate-policy.5 pullgate.1" ]
}

@test "pullgate(1) has every command with just its flags, and says of each what it does" {
	local command words
	page pullgate.1 >"$DIR/pullgate.1"
	sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' "$DIR/pullgate.1" | tr -s '\n\t ' ' ' |
		sed 's/ pullgate /\n/g' >"$DIR/synopsis"
	while read -r command; do
		words=$(grep "^$command " "$DIR/synopsis" || true)
		diff <(flags "$command") \
			<(grep -oE '(^|[[{ ])--?[a-z][a-z-]*' <<<"$words" | tr -d '[{ ' | sort -u) || {
			echo "$command: the synopsis is another"
			return 1
		}
		grep -qx "   $command" "$DIR/pullgate.1" || {
			echo "$command: no section"
			return 1
		}
	done <"$DIR/commands"
}

@test "pullgate(1) has every flag of the sources and every cause" {
	local word
	page pullgate.1 >"$DIR/pullgate.1"
	sed -n 's/.*{ "\([a-z-]*\)", \(required\|no\)_argument.*/\1/p' "$TOP"/plugin/cli/*.c |
		sort -u >"$DIR/flags"
	grep -qx create-gate "$DIR/flags" || grep -qx trusted-root "$DIR/flags"
	while read -r word; do
		grep -q -- "-$word\b" "$DIR/pullgate.1" || {
			echo "--$word is not there"
			return 1
		}
	done <"$DIR/flags"
	sed -n 's/.*X(ERR_[A-Z_]*, *[A-Z]*, *"\([a-z-]*\)").*/\1/p' "$TOP/plugin/base/err.h" |
		sort >"$DIR/causes"
	grep -qx no-signatures "$DIR/causes"
	while read -r word; do
		grep -q "^     \(.*, \)\?$word\(,\|\$\)" "$DIR/pullgate.1" || {
			echo "cause $word is not there"
			return 1
		}
	done <"$DIR/causes"
}

@test "pullgate-config(5) has every key, and no other" {
	sed -n 's/.*{ "\([A-Za-z]*\)", read_[a-z_]*, \(true\|false\) },.*/\1/p' \
		"$TOP"/plugin/daemon/config*.c | sort -u >"$DIR/keys"
	grep -qx negativeTtl "$DIR/keys"
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh FILES/s/^\.It Sy //p' "$DEPLOY/man/pullgate-config.5" |
		sed 's/ , \(Sy \)\?/\n/g' | sort -u >"$DIR/described"
	diff "$DIR/keys" "$DIR/described"
}

@test "pullgate-policy(5) has every field of the schemas and of the language's page" {
	local word
	page pullgate-policy.5 >"$DIR/policy.5"
	{
		jq -r '.. | .properties? // empty | keys[]' "$TOP"/policy/schema/*.json
		# The first column of tables of fields.
		awk '/^## Imported/ { on = 0 } /^## (The document|Tests)/ { on = 1 }
			on && /^\| `/ { split($0, cell, "|"); print cell[2] }' "$TOP/policy/LANGUAGE.md" |
			grep -oE '`[A-Za-z.]+`' | tr -d '`' | tr . '\n'
	} | sort -u >"$DIR/fields"
	for word in ignoreTlog conditions notAfter evidence; do
		grep -qx "$word" "$DIR/fields"
	done
	while read -r word; do
		grep -qw -- "$word" "$DIR/policy.5" || {
			echo "$word is not there"
			return 1
		}
	done <"$DIR/fields"
}

# --- completions: what each shell offers for a line

bash_offers() { # line
	# shellcheck disable=SC2016 # for the shell that completes
	bash -uc '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _pullgate; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$DEPLOY/completion/pullgate.bash" "$1"
}

zsh_offers() { # line
	timeout 60 "$TOP/tests/tools/zsh-complete" "$DIR/zsh" "$1" 3>&-
}

fish_offers() { # line
	HOME=$DIR fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$DEPLOY/completion/pullgate.fish" "$1" 3>&- | cut -f1
}

# What a shell offers is just this.
offers() { # shell line words...
	local shell=$1 line=$2
	shift 2
	diff <(printf '%s\n' "$@" | sort -u) <("${shell}_offers" "$line" | sort -u) || {
		echo "$shell: pullgate, $line"
		return 1
	}
}

words_of() { # first-words: the words that follow in the list of commands
	if [ -z "$1" ]; then
		cut -d' ' -f1 "$DIR/commands"
	else
		sed -n "s/^$1 //p" "$DIR/commands"
	fi | sort -u
}

# The same questions to each shell.
ask() { # shell
	local command first all
	# Commands; help is one that the list does not show, and node is of the build.
	mapfile -t all < <(words_of ''; echo help; echo node)
	offers "$1" 'pullgate ' "${all[@]}"
	offers "$1" 'pullgate verify-' verify-bundle
	offers "$1" 'pullgate policy ' check explain test
	mapfile -t all < <(words_of node)
	[ ${#all[@]} -eq 0 ] || offers "$1" 'pullgate node ' "${all[@]}"
	offers "$1" 'pullgate node d' disable doctor

	# Flags, of every command there is.
	while read -r command; do
		mapfile -t all < <(flags_and_help "$command" | grep '^--')
		case $command in
		image-verifier) mapfile -t all < <(flags_and_help "$command" | grep -v '^-h$') ;;
		esac
		first='--'
		[ "$command" != image-verifier ] || first='-'
		offers_flags "$1" "pullgate $command $first" "${all[@]}"
	done <"$DIR/commands"

	# Values: words, and files.
	offers "$1" 'pullgate verify -o ' text json
	offers "$1" 'pullgate inspect --output j' json
	offers "$1" 'pullgate image-verifier -stdin-media-type ' \
		application/vnd.oci.descriptor.v1+json
	cd "$DIR" || return
	offers "$1" 'pullgate policy check policy.y' policy.yaml
	offers "$1" 'pullgate serve --config policy.y' policy.yaml
	offers "$1" 'pullgate verify --policy policy.y' policy.yaml
	offers "$1" 'pullgate verify-bundle --key policy.y' policy.yaml
}

# Short -h may be offered beside; shells differ in that.
offers_flags() { # shell line flags...
	local shell=$1 line=$2
	shift 2
	diff <(printf '%s\n' "$@" | sort -u) <("${shell}_offers" "$line" | grep -vx -e -h | sort -u) || {
		echo "$shell: $line"
		return 1
	}
}

@test "bash completes commands, flags and values" {
	shellcheck "$DEPLOY/completion/pullgate.bash"
	ask bash
	# Words are broken at '=' and ':'.
	offers bash 'pullgate verify --output=' text json
	offers bash 'pullgate serve --runtime unix:///run/cri' ///run/crio/crio.sock
	offers bash 'pullgate serve --namespace ' ''
	run bash -c '. "$1"; complete -p pullgate' bash "$DEPLOY/completion/pullgate.bash"
	[ "$output" = 'complete -F _pullgate pullgate' ]
}

@test "zsh completes commands, flags and values" {
	zsh -n "$DEPLOY/completion/pullgate.zsh"
	ask zsh
	offers zsh 'pullgate verify --output=' text json
	offers zsh 'pullgate serve --listen ' unix:///run/pullgate/cri.sock
}

@test "fish completes commands, flags and values" {
	fish -n "$DEPLOY/completion/pullgate.fish"
	ask fish
	offers fish 'pullgate verify --output=' --output=text --output=json
	offers fish 'pullgate serve --listen ' unix:///run/pullgate/cri.sock
}

# --- dashboard and alerts

# Every metric the program can give, by its sources; histograms by their series.
metrics_there() {
	local name
	grep -rhoE '\.name = "(pullgate|process)_[a-z_]+"' "$TOP/plugin" --include='*.c' |
		cut -d'"' -f2 | sort -u | while read -r name; do
		echo "$name"
		case $name in *_duration_seconds) printf "$name%s\n" _bucket _sum _count ;; esac
	done
	# Comes with `pullgate node`.
}

@test "the dashboard and the alerts name no metric that is not there" {
	metrics_there | sort -u >"$DIR/there"
	grep -qx pullgate_relay_duration_seconds_bucket "$DIR/there"
	cat "$DEPLOY/monitoring/dashboard.json" "$DEPLOY/monitoring/alerts.yaml" |
		grep -oE '\b(pullgate|process)_[a-z_]+' | sort -u >"$DIR/named"
	[ "$(wc -l <"$DIR/named")" -ge 20 ]
	run comm -23 "$DIR/named" "$DIR/there"
	echo "$output"
	[ -z "$output" ]
	# What the README describes is on the dashboard, but for when it was started.
	run comm -13 "$DIR/named" <(grep -oE '`pullgate_[a-z_]+`' "$TOP/README.md" | tr -d '`' |
		grep -E '_(total|seconds|bytes|up|policies|enforcing|in_flight|connections|info)$' | sort -u)
	output=$(while read -r name; do
		[ -z "$name" ] || grep -q "^${name}_bucket\$" "$DIR/named" || echo "$name"
	done <<<"$output")
	echo "$output"
	[ -z "$output" ]
}

@test "the dashboard: panels with ids of their own, side by side, and queries that parse" {
	local json=$DEPLOY/monitoring/dashboard.json
	jq -e '(.panels | length) >= 20 and ([.panels[].id] | length == (unique | length))' "$json"
	jq -e '[.panels[] | select(.type != "row") | .targets | length > 0] | all' "$json"
	jq -e '[.panels[] | select(.type != "row") | .title != "" and
		(.datasource.uid | startswith("$"))] | all' "$json"
	# No two share a place, none is wider than the page.
	jq -e '[.panels[].gridPos] | . as $all | [range(length) as $i | range($i + 1; length) as $j |
		$all[$i] as $a | $all[$j] as $b |
		($a.x + $a.w <= $b.x or $b.x + $b.w <= $a.x or $a.y + $a.h <= $b.y or $b.y + $b.h <= $a.y)] | all' "$json"
	jq -e '[.panels[].gridPos | .x + .w <= 24] | all' "$json"
	jq -r '{groups: [{name: "dashboard", rules: [.panels[].targets[]?.expr |
		gsub("\\$__rate_interval"; "5m") | gsub("\\$[a-z]+"; ".*") |
		{record: "a", expr: .}]}]}' "$json" >"$DIR/dashboard.yaml"
	run "$PROMTOOL" check rules --lint=none "$DIR/dashboard.yaml"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *' rules found'* ]]
}

@test "promtool takes the alerts, and each is seen to fire and to be silent" {
	local alert tests=$TOP/tests/integration/alerts_test.yaml
	run "$PROMTOOL" check rules "$DEPLOY/monitoring/alerts.yaml"
	echo "$output"
	[ "$status" -eq 0 ]
	run "$PROMTOOL" test rules "$tests"
	echo "$output"
	[ "$status" -eq 0 ]
	sed -n 's/^ *- alert: //p' "$DEPLOY/monitoring/alerts.yaml" >"$DIR/alerts"
	[ "$(wc -l <"$DIR/alerts")" -ge 8 ]
	while read -r alert; do
		grep -A3 "alertname: $alert\$" "$tests" | grep -q 'exp_labels:\|exp_alerts:$'
		grep -A3 "alertname: $alert\b" "$tests" | grep -q 'exp_alerts: \[\]'
	done <"$DIR/alerts"
}
