import { describe } from '@jest/globals';
import { useFaults } from '../reliability/use-faults.ts';

describe('every verb, and faults of commands on a host', () => {
  useFaults('matrix-commands.json', [
    'exit-code',
    'exit-code-done',
    'cut-during',
    'deadline',
    'shell-killed',
    'provisioner-killed',
  ]);
});
