import type { Agent } from 'node:http';

/** Where the API is and how to be let in. */
export interface ApiServer {
  /** Address including a path prefix, if the cluster is behind one; no slash at the end. */
  readonly url: string;
  /**
   * Called before each request: tokens and certificates may have been renewed meanwhile. Answers at once where
   * nothing has to be read.
   */
  access(): ApiAccess | Promise<ApiAccess>;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface ApiAccess {
  /** Holds the connections: those of `node:https`. */
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}
