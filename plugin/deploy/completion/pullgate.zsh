#compdef pullgate
# zsh completion for pullgate: commands, then their flags, then the flags' values.

# The flags that several commands have.
local -A flag=(
	config '--config=[configuration]:file:_files'
	policy '*--policy=[policies instead of the configuration'\''s]:file or directory:_files'
	namespace '--namespace=[ask for a pod in this namespace]:namespace: '
	label '*--pod-label=[ask for a pod with this label]:key=value: '
	key '--key=[public key, PEM]:file:_files'
	trusted '--trusted-root=[a trusted_root.json]:file:_files'
	dry '--dry-run[change nothing]'
	restart '--restart[restart the unit of the kubelet]'
	root '--root=[where the files of the node are]:directory:_files -/'
)
local -a help=('(-h --help)'{-h,--help}'[show what the command takes]')
local -a output=('(-o --output)'{-o+,--output=}'[form of the output]:form:(text json)')

_pullgate_policy() {
	local -a commands=(
		'check:load policies, print every mistake'
		'explain:which policies cover an image'
		'test:try what is expected of policies'
	)
	if ((CURRENT == 2)); then
		_describe -t commands 'pullgate policy command' commands
		return
	fi
	shift words
	((CURRENT--))
	case $words[1] in
	check) _arguments $help $output '*:file or directory:_files' ;;
	explain)
		_arguments $help $output $flag[config] $flag[policy] $flag[namespace] \
			$flag[label] ':image: '
		;;
	test) _arguments $help $flag[config] '*:file or directory:_files' ;;
	esac
}

_pullgate_node() {
	local -a commands=(
		'enable:make the kubelet ask pullgate'
		'disable:take that back'
		'status:how things are, in one screen'
		'doctor:prove that policies are enforced'
	)
	if ((CURRENT == 2)); then
		_describe -t commands 'pullgate node command' commands
		return
	fi
	shift words
	((CURRENT--))
	case $words[1] in
	enable)
		_arguments $help $flag[dry] $flag[restart] $flag[root] $flag[config] \
			'--create-gate[the calls to the runtime as well]' \
			'--offline[although pullgate does not answer yet]'
		;;
	disable) _arguments $help $flag[dry] $flag[restart] $flag[root] ;;
	status | doctor) _arguments $help $output $flag[root] $flag[config] ;;
	esac
}

_pullgate_flags() {
	case $words[1] in
	serve)
		_arguments $help $flag[config] $flag[policy] \
			'--listen=[socket for the kubelet]:address:(unix\:///run/pullgate/cri.sock)' \
			'--runtime=[socket of the runtime]:address:(unix\:///run/containerd/containerd.sock unix\:///run/crio/crio.sock unix\:///run/k3s/containerd/containerd.sock)'
		;;
	verify)
		_arguments $help $output $flag[config] $flag[policy] $flag[namespace] \
			$flag[label] '--record=[write down what was fetched]:file:_files' ':image: '
		;;
	policy) _pullgate_policy ;;
	inspect)
		_arguments $help $output $flag[config] $flag[key] $flag[trusted] \
			'--repository=[where signatures are]:repository: ' ':image: '
		;;
	verify-bundle)
		_arguments $help $output $flag[key] $flag[trusted] \
			'--bundle=[the bundle]:file:_files' \
			'--certificate-identity=[whom the certificate must name]:identity: ' \
			'--certificate-oidc-issuer=[who must vouch for that]:URL: ' \
			':file or digest:_files'
		;;
	image-verifier)
		_arguments $help \
			'-name[the image as it was asked for]:reference: ' \
			'-digest[what that was resolved to]:digest: ' \
			'-stdin-media-type[of what comes on standard input]:type:(application/vnd.oci.descriptor.v1+json)' \
			'-config[configuration]:file:_files'
		;;
	node) _pullgate_node ;;
	version) _arguments $help ;;
	esac
}

local -a commands=(
	'serve:run the proxy'
	'verify:could this image be pulled here?'
	'policy:check, explain, test policies'
	'inspect:show the signatures of an image'
	'verify-bundle:verify a sigstore bundle'
	'image-verifier:image verifier of containerd'
	'node:put pullgate in the way of the kubelet'
	'version:print the version'
	'help:list the commands'
)
if ((CURRENT == 2)); then
	if [[ $words[2] == -* ]]; then
		_arguments $help '--version[print the version]'
	else
		_describe -t commands 'pullgate command' commands
	fi
else
	shift words
	((CURRENT--))
	_pullgate_flags
fi
