import {
  KubeConflictError,
  KubeExistsError,
  KubeInvalidError,
  KubeMissingError,
} from '../../src/kube/api-error.ts';
import type {
  FinalizerChange,
  KubeApi,
  MergePatch,
  Preconditions,
} from '../../src/kube/kube-api.ts';
import { MemoryStore } from '../../src/kube/memory-store.ts';
import type { Claim, NodeObject, StorageClass, Volume } from '../../src/volume/objects.ts';
import type { VolumeManifest } from '../../src/volume/persistent-volume.ts';

type Verb = keyof KubeApi;

/** What happens to a call: nothing is done, or it is done and its answer is lost. */
export interface Fault {
  readonly when: 'before' | 'after';
  readonly error: Error;
}

/**
 * An API server in memory whose watches lag by nothing: what is written is in the stores at once, unless
 * a test writes the stores itself.
 */
export class FakeKube implements KubeApi {
  readonly claims = new MemoryStore<Claim>(rethrow);
  readonly volumes = new MemoryStore<Volume>(rethrow);
  readonly classes = new MemoryStore<StorageClass>(rethrow);
  readonly nodes = new MemoryStore<NodeObject>(rethrow);
  /** The live objects, which the stores may lag behind. */
  readonly liveClaims = new Map<string, Claim>();
  readonly liveVolumes = new Map<string, Volume>();
  readonly calls: string[] = [];
  /** Claims that pods use. */
  readonly usedClaims = new Set<string>();
  readonly #faults = new Map<Verb, (Fault | undefined)[]>();
  #version = 1000;

  fail(verb: Verb, fault: Fault): void {
    this.#faults.set(verb, [...(this.#faults.get(verb) ?? []), fault]);
  }

  /** The next such call gets through, and what is laid then happens to the one after it. */
  pass(verb: Verb): void {
    this.#faults.set(verb, [...(this.#faults.get(verb) ?? []), undefined]);
  }

  addClaim(claim: Claim): void {
    this.liveClaims.set(`${claim.metadata.namespace}/${claim.metadata.name}`, claim);
    this.claims.put(claim);
  }

  removeClaim(claim: Claim): void {
    this.liveClaims.delete(`${claim.metadata.namespace}/${claim.metadata.name}`);
    this.claims.remove(claim);
  }

  addVolume(volume: Volume): void {
    this.liveVolumes.set(volume.metadata.name, volume);
    this.volumes.put(volume);
  }

  getClaim(namespace: string, name: string): Promise<Claim | undefined> {
    return this.#call('getClaim', name, () => this.liveClaims.get(`${namespace}/${name}`));
  }

  patchClaim(namespace: string, name: string, patch: MergePatch): Promise<Claim> {
    return this.#call('patchClaim', name, () => this.#patchClaim(`${namespace}/${name}`, patch));
  }

  patchClaimStatus(namespace: string, name: string, patch: MergePatch): Promise<Claim> {
    const key = `${namespace}/${name}`;
    return this.#call('patchClaimStatus', name, () => this.#patchClaim(key, patch));
  }

  isClaimUsed(namespace: string, name: string): Promise<boolean> {
    return this.#call('isClaimUsed', name, () => this.usedClaims.has(`${namespace}/${name}`));
  }

  patchVolume(name: string, patch: MergePatch): Promise<Volume> {
    return this.#call('patchVolume', name, () => {
      const patched = this.#patched(this.liveVolumes.get(name), patch);
      this.addVolume(patched);
      return patched;
    });
  }

  getVolume(name: string): Promise<Volume | undefined> {
    return this.#call('getVolume', name, () => this.liveVolumes.get(name));
  }

  createVolume(manifest: VolumeManifest): Promise<Volume> {
    return this.#call('createVolume', manifest.metadata.name, () => {
      if (this.liveVolumes.has(manifest.metadata.name)) throw new KubeExistsError('exists');
      const metadata = { ...manifest.metadata, uid: `uid-${this.#version}`, ...this.#next() };
      const volume = { metadata, spec: manifest.spec, status: { phase: 'Pending' } };
      this.addVolume(volume);
      return volume;
    });
  }

  addVolumeFinalizer(name: string, change: FinalizerChange): Promise<void> {
    return this.#call('addVolumeFinalizer', name, () => {
      this.#changeFinalizers(name, change, (others) => [...others, change.finalizer]);
    });
  }

  removeVolumeFinalizer(name: string, change: FinalizerChange): Promise<void> {
    return this.#call('removeVolumeFinalizer', name, () => {
      this.#changeFinalizers(name, change, (others) => others);
    });
  }

  deleteVolume(name: string, { uid }: Preconditions): Promise<'deleted' | 'absent'> {
    return this.#call('deleteVolume', name, () => {
      const volume = this.liveVolumes.get(name);
      if (volume === undefined) return 'absent';
      if (volume.metadata.uid !== uid) throw new KubeConflictError('another volume');
      const deletionTimestamp = '2026-01-01T00:00:00Z';
      const metadata = { ...volume.metadata, deletionTimestamp, ...this.#next() };
      this.#putOrDrop({ ...volume, metadata });
      return 'deleted';
    });
  }

  getNamespaceUid(name: string): Promise<string> {
    return this.#call('getNamespaceUid', name, () => 'cluster-1');
  }

  #patchClaim(key: string, patch: MergePatch): Claim {
    const patched = this.#patched(this.liveClaims.get(key), patch);
    this.addClaim(patched);
    return patched;
  }

  #patched<T extends Claim | Volume>(live: T | undefined, patch: MergePatch): T {
    if (live === undefined) throw new KubeMissingError('there is none');
    const { resourceVersion } = patch['metadata'] as { readonly resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw new KubeConflictError('it changed');
    }
    const merged = mergePatch(live, patch) as T;
    return { ...merged, metadata: { ...merged.metadata, ...this.#next() } };
  }

  /** `change` is given the finalizers of others. */
  #changeFinalizers(
    name: string,
    { finalizer, preconditions: { uid, resourceVersion } }: FinalizerChange,
    change: (others: readonly string[]) => readonly string[],
  ): void {
    const volume = this.liveVolumes.get(name);
    if (volume === undefined) return;
    const { metadata } = volume;
    if (uid !== metadata.uid) throw new KubeInvalidError('another volume');
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
      throw new KubeConflictError('it changed');
    }
    const others = (metadata.finalizers ?? []).filter((other) => other !== finalizer);
    const changed = { ...metadata, finalizers: change(others), ...this.#next() };
    this.#putOrDrop({ ...volume, metadata: changed });
  }

  #putOrDrop(volume: Volume): void {
    const { deletionTimestamp, finalizers = [], name } = volume.metadata;
    if (deletionTimestamp === undefined || finalizers.length > 0) {
      this.addVolume(volume);
      return;
    }
    this.liveVolumes.delete(name);
    this.volumes.remove(volume);
  }

  #next(): { resourceVersion: string } {
    return { resourceVersion: String(++this.#version) };
  }

  async #call<T>(verb: Verb, name: string, act: () => T): Promise<T> {
    this.calls.push(`${verb} ${name}`);
    await Promise.resolve();
    const fault = this.#faults.get(verb)?.shift();
    if (fault?.when === 'before') throw fault.error;
    const result = act();
    if (fault !== undefined) throw fault.error;
    return result;
  }
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rethrow(thrown: unknown): never {
  throw thrown;
}
