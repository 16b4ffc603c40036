import { describe } from '@jest/globals';
import { useFaults } from '../reliability/use-faults.ts';

describe('every verb, and faults of what a session brings back', () => {
  useFaults('matrix-sessions.json', [
    'cut-before',
    'cut-after',
    'truncated',
    'garbled',
    'banner',
    'locale',
  ]);
});
