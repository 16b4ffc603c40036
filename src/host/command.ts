import { ProvisionerError } from '../errors.ts';

/**
 * One command on a storage host: a POSIX shell script with its positional parameters.
 *
 * The script travels on the remote shell's standard input, so the user's login shell (csh and fish
 * included) only ever sees `sh -s`. It is sent as one group together with its parameters, which a shell
 * reads to the end before it runs any of it: cut off in transit, it does nothing. Its commands read
 * /dev/null. With a terminal (ZFS_SSH_REQUIRETTY) the host sends both outputs as one, which is then in
 * `stdout` and in `stderr`.
 */
export interface HostScript {
  /** What is being done, for logs and metrics: `create`, `destroy`. */
  readonly verb: string;
  readonly script: string;
  readonly parameters: readonly string[];
  /** Limit for the whole exec once it was sent, milliseconds. */
  readonly timeoutMs: number;
  readonly turn?: Turn;
}

/** What whoever sends a script wants to know of its turn, at once: before the next one has its turn. */
export interface Turn {
  /** It has come; throws where the script must not be sent any more. */
  readonly hasCome: () => void;
  /** The script was begun, and its end was not seen. */
  readonly endedUnseen: (error: OutcomeUnknownError) => void;
}

/** A command that ran to its end and said how. Only exit code 0 means success. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptRunner {
  /**
   * Runs a script on a host and resolves with what it said, whatever its exit code.
   * @throws HostUnreachableError when it was certainly not started (safe to repeat)
   * @throws OutcomeUnknownError when it was started and its end was not seen (look before repeating)
   * @throws HostKeyError, HostAuthenticationError when the host must not or cannot be talked to
   * @throws HostOutputError when it printed more than is accepted
   * @throws the signal's reason when aborted before it was started
   */
  run(host: string, script: HostScript, signal?: AbortSignal): Promise<ScriptResult>;
}

/** A failure of the way to a host, not of the command on it. */
export abstract class HostError extends ProvisionerError {
  readonly host: string;

  constructor(host: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.host = host;
  }
}

/** The command was not started: repeating it is safe. */
export class HostUnreachableError extends HostError {
  readonly code = 'HOST_UNREACHABLE';
  readonly retry = 'backoff';
}

/** What is known of a command whose end was not seen. */
export interface UnseenEnd extends ErrorOptions {
  /** What it had printed until then. */
  readonly stdout?: string;
  /** Its deadline passed on a line that stood: the command is slow, and goes on. */
  readonly isLate?: boolean;
}

/** The command was started, then the line was cut or its deadline passed: it may have done its work. */
export class OutcomeUnknownError extends HostError {
  readonly code = 'OUTCOME_UNKNOWN';
  readonly retry = 'backoff';
  readonly stdout: string;
  readonly isLate: boolean;

  constructor(
    host: string,
    message: string,
    { stdout = '', isLate = false, ...options }: UnseenEnd = {},
  ) {
    super(host, message, options);
    this.stdout = stdout;
    this.isLate = isLate;
  }

  /** Whether it goes on can be looked up soon, and costs little; milliseconds. */
  get retryWithinMs(): number | undefined {
    return this.isCommandsFault ? 30_000 : undefined;
  }

  /** The host showed that it works: it began the command, and let it run for as long as it may. */
  get isCommandsFault(): boolean {
    return this.isLate && this.stdout !== '';
  }
}

/** The host's key is unknown, revoked or another than the recorded one: a person must look. */
export class HostKeyError extends HostError {
  readonly code = 'HOST_KEY';
  readonly retry = 'slow';
}

/** The host refused our key, or our key cannot be used. */
export class HostAuthenticationError extends HostError {
  readonly code = 'HOST_AUTHENTICATION';
  readonly retry = 'slow';
}

/** The command printed more than is accepted; its outcome is not known. */
export class HostOutputError extends HostError {
  readonly code = 'HOST_OUTPUT';
  readonly retry = 'backoff';
}
