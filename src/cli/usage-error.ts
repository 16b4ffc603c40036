import { ProblemsError } from '../errors.ts';

/** The command line asks for something that there is not. Every problem at once. */
export class UsageError extends ProblemsError {
  readonly code = 'USAGE';
  readonly retry = 'on-change';
}
