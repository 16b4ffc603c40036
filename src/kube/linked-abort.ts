/**
 * Aborts `controller` with the reason of `signal` as soon as that is aborted.
 * @returns undoes the link; a long-lived signal would otherwise collect a listener per request
 */
export function linkAbort(
  signal: AbortSignal | undefined,
  controller: AbortController,
): () => void {
  const onAbort = (): void => {
    controller.abort(signal?.reason);
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal?.removeEventListener('abort', onAbort);
  };
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const watcher = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    watcher.signal.addEventListener('abort', () => {
      reject(abortError(watcher.signal));
    });
  });
  const unlink = linkAbort(signal, watcher);
  return Promise.race([promise, aborted]).finally(unlink);
}

/** The reason of an aborted signal, as an error. */
export function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
