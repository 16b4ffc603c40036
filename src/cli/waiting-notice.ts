import type { CliWorld } from './cli-world.ts';

const firstNoticeMs = 3_000;
const noticeEveryMs = 10_000;

/** Says on whom it waits, again and again, until it is cancelled. */
export function noticeWhile(
  waitingFor: ReadonlySet<string>,
  { clock, terminal }: Pick<CliWorld, 'clock' | 'terminal'>,
): { cancel(): void } {
  let timer = clock.schedule(firstNoticeMs, notice);
  function notice(): void {
    if (waitingFor.size > 0) terminal.tell(`waiting for ${[...waitingFor].join(', ')} ...`);
    timer = clock.schedule(noticeEveryMs, notice);
  }
  return {
    cancel: () => {
      timer.cancel();
    },
  };
}
