import { describe } from '@jest/globals';
import { useFaults } from '../reliability/use-faults.ts';

describe('every verb, and faults of the way into a host', () => {
  useFaults('matrix-connections.json', [
    'never-starts',
    'host-key',
    'authentication',
    'sudo-password',
    'max-sessions',
    'sshd-restarts',
  ]);
});
