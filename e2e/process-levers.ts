/**
 * Faults within the product's process: a module that Node loads before it, and that waits for SIGUSR2. The product
 * itself has no such lever.
 */
export function onSignal(fault: ProcessFault, nodeOptions: readonly string[] = []): string {
  const code = `process.on('SIGUSR2', () => { ${faults[fault]} });`;
  const lever = `--import=data:text/javascript,${encodeURIComponent(code)}`;
  return [...nodeOptions, lever].join(' ');
}

export type ProcessFault =
  'unhandled rejection' | 'rejection with nothing' | 'uncaught exception' | 'out of memory';

const faults: Readonly<Record<ProcessFault, string>> = {
  'unhandled rejection': "void Promise.reject(new Error('laid by the bench'));",
  'rejection with nothing': 'void Promise.reject(undefined);',
  'uncaught exception': "setTimeout(() => { throw new Error('laid by the bench'); }, 0);",
  'out of memory': 'const all = []; for (;;) all.push(new Array(100000).fill(all.length + 0.5));',
};
