import { valuesTable } from './chart-values.ts';

/** README.md of the chart. */
export function chartPage(): string {
  return `${introduction}
## Values

\`values.schema.json\` refuses what is not in this table before anything is installed: a misspelt value, a misspelt
\`ZFS_...\` variable, a parameter that no class knows. What the schema cannot see is refused by the templates, all problems
at once: two replicas without leader election, a class that would be exported to everybody.

${valuesTable()}
${rest}`;
}

const introduction = `# Helm chart of zfs-provisioner

Installs the Deployment (two replicas, one of which works), its service account with the rights it needs and no more, and,
if wanted, StorageClasses, the Secret for SSH, the hosts file, what the Prometheus operator and Grafana look for, the status
page and a NetworkPolicy. It needs Kubernetes 1.29 or newer, and Helm 3 or 4.

## Install

Prepare a key and collect the keys of the hosts, then:

\`\`\`sh
kubectl create namespace zfs-system
kubectl label namespace zfs-system pod-security.kubernetes.io/enforce=restricted
kubectl --namespace zfs-system create secret generic zfs-ssh \\
  --from-file=id_ed25519 --from-file=known_hosts
helm install zfs-provisioner charts/zfs-provisioner --namespace zfs-system --values my-values.yaml
\`\`\`

\`\`\`yaml
# my-values.yaml
ssh:
  externalSecretName: zfs-ssh
env:
  ZFS_SSH_USER: zfs
storageClass:
  create: true
  classes:
    - name: zfs-nfs
      hostName: storage-1.example.com
      parentDataset: tank/kubernetes
      parameters:
        shareClients: '@nodes'
\`\`\`

The label is not needed: it shows that the pods fulfil the strictest Pod Security Standard.
`;

const rest = `## Replicas

Two replicas and a lease: when the one that works goes, the other takes over within seconds. With one replica
(\`replicaCount: 1\`) the same happens when Kubernetes starts it anew. \`env.ZFS_LEADER_ELECTION: "false"\` is for a single
replica: updates then end the old pod before they start the new one, and the right to leases is not granted.

## What the service account may do

A ClusterRole has what the cluster has only one of, or what may be in any namespace: volumes, claims, events, classes,
nodes, and the uid of the namespace kube-system. A Role in the release's namespace has the lease, by its name. The right to
list pods is added with \`env.ZFS_DELAY_CAPACITY: "true"\` only.

## Alerts, dashboard, status page

\`alerts.enabled: true\` makes a PrometheusRule and \`metrics.serviceMonitor.enabled\` or \`metrics.podMonitor.enabled\` has the
metrics scraped, for which the cluster needs the custom resources of the Prometheus operator. \`dashboard.enabled: true\` makes a
ConfigMap that Grafana's sidecar finds by its labels. The status page needs a Secret with a token:

\`\`\`sh
kubectl --namespace zfs-system create secret generic zfs-console --from-literal=token=$(openssl rand -hex 24)
helm upgrade zfs-provisioner charts/zfs-provisioner --namespace zfs-system --reuse-values \\
  --set console.enabled=true --set console.existingSecret.name=zfs-console
\`\`\`

## Coming from the classic provisioner's chart

Its values have the same names here; [docs/migration-from-classic.md](../../docs/migration-from-classic.md) tells which mean
something else, and how to change over with all volumes.

## Uninstall

\`helm uninstall\` leaves claims, volumes, datasets and their data. Volumes that are deleted afterwards wait, with their
finalizer, until a provisioner of the same instance runs again.
`;
