import type { ApiRequest } from '../audit-log.ts';

const controllers = 'kube-controller-manager';
const claims = 'persistentvolumeclaims';
const claimStatus = `${claims}/status`;
const volumes = 'persistentvolumes';

/**
 * When things happened, as the API server answered for them: milliseconds since 1970, NaN for what is not there.
 * Nothing here depends on how often anybody looks.
 */
export class Timeline {
  readonly #byName: ReadonlyMap<string, readonly ApiRequest[]>;

  /** What was refused has not happened. */
  constructor(requests: readonly ApiRequest[]) {
    this.#byName = Map.groupBy(
      requests.filter(({ status }) => status < 300),
      ({ name }) => name,
    );
  }

  claimCreated(claim: string): number {
    return this.#of(claim).find(is('create', claims))?.receivedMs ?? NaN;
  }

  /** The first change of a new claim is the annotation that names the provisioner. */
  claimAnnotated(claim: string): number {
    const written = this.#of(claim).filter(({ resource, verb }) => {
      return resource === claims && (verb === 'update' || verb === 'patch');
    });
    return written.find(isOfControllers)?.answeredMs ?? NaN;
  }

  /** The last status that kube-controller-manager wrote. */
  claimBound(claim: string): number {
    const written = this.#of(claim).filter(({ resource }) => resource === claimStatus);
    return written.findLast(isOfControllers)?.answeredMs ?? NaN;
  }

  /** Of claims that came together: from the first created to the last bound. */
  boundPerSecond(claimNames: readonly string[]): number {
    const first = Math.min(...claimNames.map((name) => this.claimCreated(name)));
    const last = Math.max(...claimNames.map((name) => this.claimBound(name)));
    return (claimNames.length * 1000) / (last - first);
  }

  growthAsked(claim: string): number {
    return this.#of(claim).findLast(is('patch', claims))?.receivedMs ?? NaN;
  }

  /** The last status that this user wrote. */
  growthTold(claim: string, user: string): number {
    const written = this.#of(claim).filter(({ resource }) => resource === claimStatus);
    return written.findLast((each) => each.user === user)?.answeredMs ?? NaN;
  }

  claimDeleted(claim: string): number {
    return this.#of(claim).findLast(is('delete', claims))?.receivedMs ?? NaN;
  }

  volumeCreated(volume: string): number {
    return this.#of(volume).find(is('create', volumes))?.answeredMs ?? NaN;
  }

  /** The last that was done to it: the deletion itself, or the removal of its last finalizer. */
  volumeGone(volume: string): number {
    const last = this.#of(volume).findLast(
      ({ resource, verb }) => resource === volumes && ['delete', 'update', 'patch'].includes(verb),
    );
    return last?.answeredMs ?? NaN;
  }

  #of(name: string): readonly ApiRequest[] {
    return this.#byName.get(name) ?? [];
  }
}

function is(verb: string, resource: string): (request: ApiRequest) => boolean {
  return (request) => request.verb === verb && request.resource === resource;
}

function isOfControllers({ userAgent }: ApiRequest): boolean {
  return userAgent.startsWith(controllers);
}

/** How many there are of each, by `verb resource`, in the order of the alphabet. */
export function countByKind(requests: readonly ApiRequest[]): Record<string, number> {
  const byKind = Map.groupBy(requests, ({ verb, resource }) => `${verb} ${resource}`);
  const counts = [...byKind].map(([kind, of]) => [kind, of.length] as const);
  return Object.fromEntries(counts.sort(([a], [b]) => a.localeCompare(b)));
}
