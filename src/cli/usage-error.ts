import { ProvisionerError } from '../errors.ts';

/** The command line asks for something that there is not. Every problem at once. */
export class UsageError extends ProvisionerError {
  readonly code = 'USAGE';
  readonly retry = 'on-change';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}
