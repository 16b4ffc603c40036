export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  /** Plural name of the kind, for metrics and messages. */
  readonly resource: string;
  /** Absolute path, already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How a patch is meant; a merge patch (RFC 7386) unless said otherwise. */
  readonly patchType?: 'merge' | 'strategic-merge';
  readonly signal?: AbortSignal | undefined;
  /** Instead of the transport's; for a watch it ends with the response's headers. */
  readonly timeoutMs?: number;
}
