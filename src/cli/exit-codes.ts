/** How a command ends. `found`: with --exit-code only. */
export const exitCodes = { done: 0, failed: 1, usage: 2, found: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
