# Completion of `kubectl-zfs` in fish: kubectl zfs completion fish | source

function __kubectl_zfs_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    kubectl-zfs __complete $words "$current" 2>/dev/null
end

complete -c kubectl-zfs -f -a '(__kubectl_zfs_complete)'
complete -c kubectl-zfs -l kubeconfig -r -F
complete -c kubectl-zfs -l console-token-file -r -F
complete -c kubectl-zfs -l public-key -r -F
complete -c kubectl-zfs -l gate-before -r -F
