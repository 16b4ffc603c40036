import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from '../binaries/go-build.ts';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import { findFreePort } from '../machine/free-port.ts';
import type { Ledger } from '../machine/ledger.ts';
import { AdminApi } from './admin-api.ts';
import { ApiProxy } from './api-proxy.ts';
import { type Certificates, issueCertificates, issueNodeCertificate } from './certificates.ts';
import * as components from './components.ts';
import { type ClientCertificate, writeKubeconfig } from './kubeconfig.ts';

export interface ControlPlaneOptions {
  readonly runDir: string;
  readonly binaries: Binaries;
  readonly ledger: Ledger;
  /** Kubelets are reached at their address, not by their node's name. */
  readonly nodesByAddress?: boolean;
}

type Component = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

const readyTimeoutMs = 60_000;

/** A Kubernetes control plane on loopback: etcd, API server, controllers, scheduler; no nodes. */
export class ControlPlane {
  readonly url: string;
  /** Kubeconfig of cluster-admin. */
  readonly kubeconfig: string;
  readonly authorityFile: string;
  readonly api: AdminApi;
  readonly #options: ControlPlaneOptions;
  readonly #ports: components.Ports;
  readonly #certificates: Certificates;
  #apiServer: Daemon | undefined;
  #etcd: Daemon | undefined;
  #controllers: readonly Daemon[] = [];

  private constructor(
    options: ControlPlaneOptions,
    ports: components.Ports,
    certificates: Certificates,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#certificates = certificates;
    this.url = `https://127.0.0.1:${ports.apiServer}`;
    this.kubeconfig = join(options.runDir, 'admin.kubeconfig');
    this.authorityFile = certificates.authority;
    this.api = new AdminApi(ports.apiServer, certificates);
  }

  /** Resolves when claims can be made: all parts are ready. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const certificates = await issueCertificates(join(options.runDir, 'pki'));
    const plane = new ControlPlane(options, await choosePorts(), certificates);
    mkdirSync(join(options.runDir, 'logs'), { recursive: true });
    writeKubeconfig(plane.kubeconfig, plane.url, certificates.authority, {
      'client-certificate': certificates.admin,
      'client-key': certificates.adminKey,
    });
    writeFileSync(
      plane.#auditPolicy,
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n',
    );
    const etcd = plane.#startEtcd();
    await plane.startApiServer();
    etcd.assertRunning();
    await plane.startControllers();
    return plane;
  }

  /** What a kubelet says who it is with, as files of `folder`. */
  issueNodeCertificate(folder: string, nodeName: string): Promise<ClientCertificate> {
    return issueNodeCertificate(this.#certificates, folder, nodeName);
  }

  /** Every request to the API server, a JSON object a line (audit.k8s.io/v1, level Metadata). */
  get auditLog(): string {
    return join(this.#options.runDir, 'logs', 'audit.log');
  }

  /** The API server dies without a goodbye; etcd stays. */
  async stopApiServer(): Promise<void> {
    await this.#apiServer?.kill();
    this.#apiServer = undefined;
  }

  /** On the same port and the same etcd. Resolves when it is ready. */
  async startApiServer(): Promise<void> {
    if (this.#apiServer !== undefined) return;
    const audit = { policy: this.#auditPolicy, log: this.auditLog };
    const { nodesByAddress = false } = this.#options;
    const args = components.apiServerArguments(
      this.#ports,
      this.#certificates,
      audit,
      nodesByAddress,
    );
    const daemon = this.#start('kube-apiserver', args);
    this.#apiServer = daemon;
    await this.#untilReady(daemon, () => this.api.text('/readyz', { timeoutMs: 1_000 }));
  }

  /** A way to the API server that can be made to fail; whoever starts it stops it. */
  async startProxy(): Promise<ApiProxy> {
    const { apiServer: apiServerPort } = this.#ports;
    const port = await findFreePort();
    return ApiProxy.start({ port, apiServerPort, certificates: this.#certificates });
  }

  async restartApiServer(): Promise<void> {
    await this.stopApiServer();
    await this.startApiServer();
  }

  /** A backup of etcd. The API server is down meanwhile. */
  async backUp(): Promise<void> {
    await this.#withoutEtcd((data, backup) => {
      cpSync(data, backup, { recursive: true });
    });
  }

  /**
   * Puts the backup of etcd back: the revisions go back too. As whoever does that is told to, restarts the API
   * server and the controllers.
   * @param whileDown is called when nothing of the control plane runs
   */
  async restore(whileDown: () => Promise<void>): Promise<void> {
    await this.stopControllers();
    await this.#withoutEtcd(async (data, backup) => {
      await whileDown();
      rmSync(data, { recursive: true });
      cpSync(backup, data, { recursive: true });
    });
    await this.startControllers();
  }

  async #withoutEtcd(act: (data: string, backup: string) => Promise<void> | void): Promise<void> {
    const { runDir } = this.#options;
    await this.stopApiServer();
    await this.#etcd?.kill();
    await act(join(runDir, 'etcd'), join(runDir, 'etcd-backup'));
    this.#startEtcd();
    await this.startApiServer();
  }

  #startEtcd(): Daemon {
    const { runDir } = this.#options;
    this.#etcd = this.#start('etcd', components.etcdArguments(runDir, this.#ports));
    return this.#etcd;
  }

  /** kube-controller-manager and kube-scheduler die without a goodbye. */
  async stopControllers(): Promise<void> {
    await Promise.all(this.#controllers.map((each) => each.kill()));
    this.#controllers = [];
  }

  /** Resolves when they are at work. */
  async startControllers(): Promise<void> {
    const options = {
      kubeconfig: this.kubeconfig,
      ports: this.#ports,
      certificates: this.#certificates,
    };
    const controllers = this.#start(
      'kube-controller-manager',
      components.controllerManagerArguments(options),
    );
    const scheduler = this.#start('kube-scheduler', components.schedulerArguments(options));
    this.#controllers = [controllers, scheduler];
    const accounts = '/api/v1/namespaces/default/serviceaccounts/default';
    await this.#untilReady(controllers, () => this.api.text(accounts));
    scheduler.assertRunning();
  }

  #start(component: Component, args: string[]): Daemon {
    return Daemon.start({
      name: component,
      program: this.#options.binaries[component],
      args,
      logFile: join(this.#options.runDir, 'logs', `${component}.log`),
      cwd: this.#options.runDir,
      ledger: this.#options.ledger,
    });
  }

  async #untilReady(daemon: Daemon, probe: () => Promise<string>): Promise<void> {
    await eventually(`${daemon.name} is ready`, probe, {
      timeoutMs: readyTimeoutMs,
      meanwhile: () => {
        daemon.assertRunning();
      },
    });
  }

  get #auditPolicy(): string {
    return join(this.#options.runDir, 'audit-policy.yaml');
  }
}

async function choosePorts(): Promise<components.Ports> {
  return {
    etcdClient: await findFreePort(),
    etcdPeer: await findFreePort(),
    apiServer: await findFreePort(),
    controllerManager: await findFreePort(),
    scheduler: await findFreePort(),
  };
}
