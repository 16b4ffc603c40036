import type { Bench } from '../bench.ts';
import { busyboxImage } from '../node/images.ts';
import { quoted } from './quoted.ts';
import type { VirtualMachine } from './virtual-machine.ts';

const name = 'worker';
const segmentAddress = '192.168.77.101';

/** Makes a virtual machine with a kernel NFS client a node of the bench's cluster; Ready when it resolves. */
export async function startWorker(bench: Bench): Promise<VirtualMachine> {
  const machine = await bench.startMachine({ name, role: 'worker', segmentAddress });
  await Promise.all([
    machine.copyIn(bench.binaries.kubelet, '/usr/local/bin/kubelet'),
    machine.run('cat >/etc/kubelet.kubeconfig', await kubeconfigInGuest(bench)),
    machine.run(`ctr -n k8s.io images tag --force example.test/busybox:1 ${busyboxImage}`),
  ]);
  const options = [
    '--config /etc/kubelet.yaml --kubeconfig /etc/kubelet.kubeconfig',
    `--hostname-override ${name} --node-ip ${segmentAddress}`,
  ];
  await machine.run(`setsid --fork kubelet ${options.join(' ')} >/run/kubelet.log 2>&1 </dev/null`);
  try {
    await bench.kubectl('wait', '--for=create', `node/${name}`, '--timeout=60s');
    await bench.kubectl('wait', '--for=condition=Ready', `node/${name}`, '--timeout=60s');
  } catch (error) {
    const log = await machine.run('tail -5 /run/kubelet.log');
    throw new Error(`the worker did not become Ready; its kubelet's log ends with:\n${log}`, {
      cause: error,
    });
  }
  return machine;
}

/** The guest reaches this machine's 127.0.0.1 as 10.0.2.2, which no certificate names. */
async function kubeconfigInGuest(bench: Bench): Promise<string> {
  const config = await bench.kubectl('config', 'view', '--raw', '--flatten', '--minify');
  return config.replace(
    /^( *)server: https:\/\/127\.0\.0\.1:/m,
    '$1tls-server-name: 127.0.0.1\n$1server: https://10.0.2.2:',
  );
}

/**
 * Runs a shell's script in a running pod of a worker, as `kubectl exec` would: the API server has no way to
 * the worker's kubelet. What it prints to standard error is in the error that it fails with.
 */
export function inWorkerPod(worker: VirtualMachine, pod: string, script: string): Promise<string> {
  const ctr = 'ctr --namespace k8s.io';
  const isPod = `labels."io.kubernetes.pod.name"==${pod}`;
  const isContainer = 'labels."io.kubernetes.container.name"==main';
  const find = `${ctr} containers list --quiet '${isPod},${isContainer}'`;
  return worker.run(`${ctr} tasks exec --exec-id $$ $(${find}) sh -c ${quoted(script)}`);
}
