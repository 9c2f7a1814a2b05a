# bash completion for pullgate: commands, then their flags, then the flags' values.
# shellcheck shell=bash

# The words that may stand where a command's own name ends.
_pullgate_commands() { # words before
	case $* in
	'') echo serve verify policy inspect verify-bundle image-verifier node version help ;;
	policy) echo check explain test ;;
	node) echo enable disable status doctor ;;
	esac
}

_pullgate_flags() { # command
	local help='-h --help'
	case $1 in
	serve) echo --config --listen --runtime --policy "$help" ;;
	verify) echo --config --policy --namespace --pod-label --record -o --output "$help" ;;
	'policy check') echo -o --output "$help" ;;
	'policy explain') echo --config --policy --namespace --pod-label -o --output "$help" ;;
	'policy test') echo --config "$help" ;;
	inspect) echo --config --repository --key --trusted-root -o --output "$help" ;;
	verify-bundle)
		echo --bundle --certificate-identity --certificate-oidc-issuer --key \
			--trusted-root -o --output "$help"
		;;
	image-verifier) echo -name -digest -stdin-media-type -config "$help" ;;
	'node enable')
		echo --create-gate --dry-run --restart --offline --root --config "$help"
		;;
	'node disable') echo --dry-run --restart --root "$help" ;;
	'node status' | 'node doctor') echo --root --config -o --output "$help" ;;
	version) echo "$help" ;;
	'') echo --version "$help" ;;
	esac
}

# What may follow a flag: file, dir, a list of words, or nothing that can be told.
# Nothing is printed for a flag that takes no value.
_pullgate_value() { # flag
	case $1 in
	--config | -config | --policy | --record | --key | --trusted-root | --bundle) echo file ;;
	--root) echo dir ;;
	-o | --output) echo text json ;;
	--listen) echo unix:///run/pullgate/cri.sock ;;
	--runtime)
		echo unix:///run/containerd/containerd.sock unix:///run/crio/crio.sock \
			unix:///run/k3s/containerd/containerd.sock
		;;
	-stdin-media-type | --stdin-media-type) echo application/vnd.oci.descriptor.v1+json ;;
	--namespace | --pod-label | --repository | --certificate-identity | \
		--certificate-oidc-issuer | -name | --name | -digest | --digest) echo text ;;
	esac
}

# Whether files are what the command's own arguments are.
_pullgate_takes_files() { # command
	case $1 in 'policy check' | 'policy test' | verify-bundle) ;; *) return 1 ;; esac
}

_pullgate_files() { # -f or -d, what is there of the name
	local IFS=$'\n'
	compopt -o filenames 2>/dev/null
	# shellcheck disable=SC2207 # names are split at line ends alone
	COMPREPLY=($(compgen "$1" -- "$2"))
}

_pullgate_words() { # words, what is there
	local before
	# shellcheck disable=SC2207 # our own words
	COMPREPLY=($(compgen -W "$1" -- "$2"))
	# readline takes what follows a colon for a word of its own.
	if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
		before=${2%"${2##*:}"}
		COMPREPLY=("${COMPREPLY[@]#"$before"}")
	fi
}

_pullgate() {
	local cur flag command='' word values i
	local -a words=()
	COMPREPLY=()
	# The words as they were typed: readline breaks them at '=' and ':'.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=('')
	cur=${words[-1]}
	flag=
	[ ${#words[@]} -lt 2 ] || flag=${words[-2]}
	if [[ $cur == --*=* ]]; then
		flag=${cur%%=*}
		cur=${cur#*=}
	fi
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		[[ " $(_pullgate_commands "$command") " == *" $word "* ]] || break
		command=${command:+$command }$word
	done

	values=$(_pullgate_value "$flag")
	case $values in
	'') ;;
	file) _pullgate_files -f "$cur" && return ;;
	dir) _pullgate_files -d "$cur" && return ;;
	text) return ;;
	*) _pullgate_words "$values" "$cur" && return ;;
	esac
	if [[ $cur == -* ]]; then
		_pullgate_words "$(_pullgate_flags "$command")" "$cur"
	elif [ -n "$(_pullgate_commands "$command")" ]; then
		_pullgate_words "$(_pullgate_commands "$command")" "$cur"
	elif _pullgate_takes_files "$command"; then
		_pullgate_files -f "$cur"
	fi
}

complete -F _pullgate pullgate
