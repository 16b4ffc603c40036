// Waits for the end of the process that started it, told by the end of its standard input, then removes
// that process's bench if it is still there. Started by reaping.ts: `node reaper.ts <bench id>`.
import { removeBench } from './teardown.ts';

const [id] = process.argv.slice(2);
if (id === undefined) throw new Error('usage: node reaper.ts <bench id>');

process.stdin.resume();
process.stdin.once('end', () => void removeBench(id, { keepLogs: true }));
