/** Commands that only look. */
import type { ManualPage } from './manual-page.ts';

const found = 'with --exit-code: there is one';

export const lookPages: Readonly<Record<string, ManualPage>> = {
  list: {
    description: [
      'Shows each volume of the provisioner beside what its dataset holds: how much is used of which quota, what snapshots hold, and what is otherwise than promised. Cluster and hosts are read anew; a question mark in DRIFT, and no figures, say that the host could not be asked.',
      'USED is what the quota counts. Volumes of all namespaces are shown unless one is named, as volumes have none.',
    ],
    examples: [
      { what: 'the fullest first', line: 'list --sort -fill' },
      { what: 'of one namespace, with all columns', line: 'list -n web -o wide' },
      { what: 'of one host, for a program', line: 'list --host storage-1 -o json' },
      {
        what: 'without SSH, by the status page',
        line: 'list --console http://localhost:8090',
      },
    ],
    seeAlso: ['kubectl zfs describe', 'docs/drift.md'],
  },
  describe: {
    description: [
      'Shows one claim or volume in both worlds: what the cluster says, beside what the host has. Rows that do not fit are marked with !, and told again with what to do. Events of claim and volume follow, the latest first.',
      'Snapshots and clones are told by what they hold, not one by one: zfs list -t snapshot on the host does that.',
    ],
    examples: [
      { what: 'by the claim', line: 'describe default/data' },
      { what: 'the same', line: 'describe data -n default' },
      { what: 'by the volume', line: 'describe pvc-773f0b11-6b9f-4c27-bb28-80bee4a37832 -o yaml' },
    ],
    seeAlso: ['kubectl zfs drift', 'kubectl zfs explain'],
  },
  hosts: {
    description: [
      'Shows each storage host: whether it answers and how fast, its pools with size, fill and health, the parent datasets that volumes are made below, and how many volumes it has. LATENCY is the time of one look at all of it, with the login.',
    ],
    examples: [
      { what: 'all hosts', line: 'hosts' },
      { what: 'with a parent that no class names', line: 'hosts --parent nas-1:tank/old' },
    ],
    exitCodes: [[1, 'a host does not answer']],
    seeAlso: ['kubectl zfs doctor'],
  },
  doctor: {
    description: [
      'Checks everything that the provisioner needs, in the cluster and on the way to each host, and says what to do. It changes nothing.',
    ],
    examples: [
      { what: 'everything', line: 'doctor' },
      { what: 'one host, for a program', line: 'doctor --host storage-1 -o json' },
    ],
    exitCodes: [[3, 'with --exit-code: nothing failed, but there are warnings']],
    seeAlso: ['kubectl zfs host-setup', 'docs/runbooks'],
  },
  'trash list': {
    description: [
      'Lists what was deleted by classes with onDelete: trash and can still be had back, the next to expire first.',
    ],
    examples: [
      { what: 'of this provisioner', line: 'trash list' },
      { what: 'of others on the same hosts too', line: 'trash list --all -o wide' },
    ],
    seeAlso: ['kubectl zfs trash restore', 'docs/trash.md'],
  },
  orphans: {
    description: [
      'Lists datasets of the provisioner that no volume and no claim stands for. Those that were retained on purpose are told apart.',
    ],
    examples: [
      { what: 'for a nightly check', line: 'orphans --exit-code -o name' },
      { what: 'with datasets of nobody', line: 'orphans --strangers' },
    ],
    exitCodes: [[3, `${found} that was not retained on purpose`]],
    seeAlso: ['kubectl zfs adopt'],
  },
  'guard list': {
    description: [
      'Lists volumes whose destruction waits for a person, because too many were to be destroyed at once.',
    ],
    examples: [{ what: 'for a nightly check', line: 'guard list --exit-code' }],
    exitCodes: [[3, found]],
    seeAlso: ['kubectl zfs guard release', 'docs/safety.md'],
  },
  explain: {
    description: [
      'Explains an error by its code, as events, log lines and metrics have it: what it means, what it usually comes from, what to do, and when it is tried again. Without a code, all errors are listed.',
    ],
    examples: [
      { what: 'one', line: 'explain HOST_KEY' },
      { what: 'all', line: 'explain' },
    ],
    exitCodes: [[2, 'there is no such error; a similar one is suggested']],
    seeAlso: ['docs/errors.md'],
  },
  completion: {
    description: [
      'Prints the script by which a shell completes kubectl-zfs: commands, options, values, and names of claims, volumes, hosts and what is in the trash, asked of the cluster when the key is pressed.',
      'For `kubectl zfs` itself, kubectl (1.26 and later) runs a program kubectl_complete-zfs: save what `completion kubectl` prints under that name in a folder of PATH, and make it executable.',
    ],
    examples: [
      {
        what: 'bash: write source <(kubectl zfs completion bash) into ~/.bashrc',
        line: 'completion bash',
      },
      {
        what: 'zsh: write source <(kubectl zfs completion zsh) into ~/.zshrc, after compinit',
        line: 'completion zsh',
      },
      {
        what: 'fish: write kubectl zfs completion fish | source into config.fish',
        line: 'completion fish',
      },
      {
        what: 'kubectl: save it as /usr/local/bin/kubectl_complete-zfs, executable',
        line: 'completion kubectl',
      },
    ],
  },
  help: {
    description: ['Shows the page of a command: what it does, its options, examples, exit codes.'],
    examples: [
      { what: 'a command', line: 'help trash restore' },
      { what: 'all commands', line: 'help' },
    ],
  },
};
