import { InvalidRequestError } from '../../errors.ts';
import type { VolumeDetails, VolumeView, WaitingView } from '../../overview/views.ts';
import { shown } from '../../volume/shown.ts';
import type { ConsoleWork } from '../frame.ts';
import type { Described } from './described.ts';
import type { AskedName } from './named-volume.ts';
import { claimOf } from './volume-list.ts';

/** @throws InvalidRequestError when the console knows no such volume, or several; ConsoleError */
export async function describedByConsole(
  { word, namespace: asked }: AskedName,
  { console, world }: ConsoleWork,
): Promise<Described> {
  const [namespace, name] = word.includes('/') ? parted(word) : [asked, word];
  if (namespace === undefined) {
    const volume = await console.volume(name, world.signal);
    if (volume !== undefined) return describedBy(volume);
  }
  const filter = { namespace, search: name };
  const rows = await console.rows('volumes', filter, world.signal);
  const found = rows.filter(({ claim }) => claim === name);
  const [only, ...others] = found;
  if (others.length > 0) {
    const names = found.map(claimOf).join(', ');
    throw new InvalidRequestError([`${shown(word)} means several claims: say which, ${names}`]);
  }
  const volume = only && (await console.volume(only.volume, world.signal));
  if (volume !== undefined) return describedBy(volume);
  const waiting = await console.rows('waiting', filter, world.signal);
  throw new InvalidRequestError([
    absence(
      word,
      waiting.find((each) => each.name === name),
    ),
  ]);
}

function parted(word: string): readonly [string, string] {
  const [namespace = '', ...rest] = word.split('/');
  return [namespace, rest.join('/')];
}

function describedBy({ events, findings, ...view }: VolumeDetails): Described {
  return {
    ...{ view: view satisfies VolumeView, events, findings },
    ...{ volume: undefined, claim: undefined, dataset: undefined, pool: undefined },
    hostUnknown: undefined,
  };
}

function absence(word: string, waiting: WaitingView | undefined): string {
  const none = `the console shows no volume and no claim ${shown(word)} that has one`;
  if (waiting === undefined) return none;
  const { message = 'its turn has not come', code } = waiting;
  return `${none}; it waits: ${message}${code === undefined ? '' : ` (${code})`}`;
}
