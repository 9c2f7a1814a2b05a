# fish completion for pullgate: commands, then their flags, then the flags' values.

# Whether the command line begins with just these words.
function __pullgate_is
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -ge (count $argv); or return 1
    for i in (seq (count $argv))
        test "$words[$i]" = "$argv[$i]"; or return 1
    end
end

# Whether nothing but these words is there yet.
function __pullgate_at
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and __pullgate_is $argv
end

complete -c pullgate -f
complete -c pullgate -s h -l help -d 'Show what a command takes'
complete -c pullgate -n __pullgate_at -l version -d 'Print the version'

complete -c pullgate -n __pullgate_at -a serve -d 'Run the proxy'
complete -c pullgate -n __pullgate_at -a verify -d 'Could this image be pulled here?'
complete -c pullgate -n __pullgate_at -a policy -d 'Check, explain, test policies'
complete -c pullgate -n __pullgate_at -a inspect -d 'Show the signatures of an image'
complete -c pullgate -n __pullgate_at -a verify-bundle -d 'Verify a sigstore bundle'
complete -c pullgate -n __pullgate_at -a image-verifier -d "containerd's image verifier"
complete -c pullgate -n __pullgate_at -a node -d 'Put pullgate in the way of the kubelet'
complete -c pullgate -n __pullgate_at -a version -d 'Print the version'
complete -c pullgate -n __pullgate_at -a help -d 'List the commands'
complete -c pullgate -n '__pullgate_at policy' -a check -d 'Load policies, print every mistake'
complete -c pullgate -n '__pullgate_at policy' -a explain -d 'Which policies cover an image'
complete -c pullgate -n '__pullgate_at policy' -a test -d 'Try what is expected of policies'
complete -c pullgate -n '__pullgate_at node' -a enable -d 'Make the kubelet ask pullgate'
complete -c pullgate -n '__pullgate_at node' -a disable -d 'Take that back'
complete -c pullgate -n '__pullgate_at node' -a status -d 'How things are, in one screen'
complete -c pullgate -n '__pullgate_at node' -a doctor -d 'Prove that policies are enforced'

# Flags that several commands have.
for command in serve verify 'policy explain' 'policy test' inspect 'node enable' 'node status' 'node doctor'
    complete -c pullgate -n "__pullgate_is $command" -l config -r -F -d 'Configuration'
end
for command in serve verify 'policy explain'
    complete -c pullgate -n "__pullgate_is $command" -l policy -r -F -d "Policies instead of the configuration's"
end
for command in verify 'policy check' 'policy explain' inspect verify-bundle 'node status' 'node doctor'
    complete -c pullgate -n "__pullgate_is $command" -s o -l output -x -a 'text json' -d 'Form of the output'
end
for command in verify 'policy explain'
    complete -c pullgate -n "__pullgate_is $command" -l namespace -x -d 'Ask for a pod in this namespace'
    complete -c pullgate -n "__pullgate_is $command" -l pod-label -x -d 'Ask for a pod with this label (K=V)'
end
for command in inspect verify-bundle
    complete -c pullgate -n "__pullgate_is $command" -l key -r -F -d 'Public key, PEM'
    complete -c pullgate -n "__pullgate_is $command" -l trusted-root -r -F -d 'A trusted_root.json'
end
for command in 'node enable' 'node disable'
    complete -c pullgate -n "__pullgate_is $command" -l dry-run -d 'Change nothing'
    complete -c pullgate -n "__pullgate_is $command" -l restart -d "Restart the kubelet's unit"
end
for command in 'node enable' 'node disable' 'node status' 'node doctor'
    complete -c pullgate -n "__pullgate_is $command" -l root -x -a '(__fish_complete_directories)' -d "Where the node's files are"
end

complete -c pullgate -n '__pullgate_is serve' -l listen -x -a unix:///run/pullgate/cri.sock -d 'Socket for the kubelet'
complete -c pullgate -n '__pullgate_is serve' -l runtime -x -a 'unix:///run/containerd/containerd.sock unix:///run/crio/crio.sock unix:///run/k3s/containerd/containerd.sock' -d "The runtime's socket"
complete -c pullgate -n '__pullgate_is verify' -l record -r -F -d 'Write down what was fetched'
complete -c pullgate -n '__pullgate_is inspect' -l repository -x -d 'Where signatures are'
complete -c pullgate -n '__pullgate_is verify-bundle' -l bundle -r -F -d 'The bundle'
complete -c pullgate -n '__pullgate_is verify-bundle' -l certificate-identity -x -d 'Whom the certificate must name'
complete -c pullgate -n '__pullgate_is verify-bundle' -l certificate-oidc-issuer -x -d 'Who must vouch for that'
complete -c pullgate -n '__pullgate_is node enable' -l create-gate -d "The runtime's calls as well"
complete -c pullgate -n '__pullgate_is node enable' -l offline -d 'Although pullgate does not answer yet'
complete -c pullgate -n '__pullgate_is image-verifier' -o name -x -d 'The image as it was asked for'
complete -c pullgate -n '__pullgate_is image-verifier' -o digest -x -d 'What that was resolved to'
complete -c pullgate -n '__pullgate_is image-verifier' -o stdin-media-type -x -a application/vnd.oci.descriptor.v1+json -d 'Of what comes on standard input'
complete -c pullgate -n '__pullgate_is image-verifier' -o config -r -F -d 'Configuration'

# Arguments that are files.
for command in 'policy check' 'policy test' verify-bundle
    complete -c pullgate -n "__pullgate_is $command" -F
end
