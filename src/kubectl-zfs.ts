// `kubectl zfs`: reads the process, runs one command of the administrator, and turns how it ended into an exit code.
import { createProgram } from './cli/program.ts';

void createProgram()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    process.stderr.write(`kubectl-zfs: ${String(error)}\n`);
    process.exitCode = 1;
  });
