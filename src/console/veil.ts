/** Rows without what hidden namespaces and their claims are called. Pure. */
import { present } from '../overview/present.ts';
import type { FindingView, TrashView, VolumeView, WaitingView } from '../overview/views.ts';
import { leafOf, parentOf } from '../volume/dataset-name.ts';
import type { HiddenNamespaces } from './hidden-namespaces.ts';

/** Stands for a name that is not shown. */
const hiddenName = '(hidden)';

export function veiledVolume(view: VolumeView, hidden: HiddenNamespaces): VolumeView {
  if (!hidden.has(view.namespace)) return view;
  return { ...withoutClaim(view), dataset: veiledDataset(view.dataset, view.volume) };
}

export function veiledTrash(view: TrashView, hidden: HiddenNamespaces): TrashView {
  if (!hidden.has(view.namespace)) return view;
  return { ...withoutClaim(view), dataset: veiledDataset(view.dataset, view.volume) };
}

/** What is said of a dataset may hold its name, and that what its claim is called. */
export function veiledFinding(view: FindingView, hidden: HiddenNamespaces): FindingView {
  if (hidden.isNone) return view;
  const texts = scrubbed(view, hidden);
  if (!hidden.has(view.namespace)) return { ...view, ...texts };
  const dataset = veiledDataset(view.dataset, view.volume);
  const isNameless = dataset === view.dataset && view.kind !== 'missing' && view.kind !== 'unclear';
  const silence = { expected: undefined, actual: undefined, remedy: undefined };
  return present({ ...withoutClaim(view), dataset, ...(isNameless ? texts : silence) });
}

export function veiledWaiting(view: WaitingView, hidden: HiddenNamespaces): WaitingView {
  const { message } = view;
  if (hidden.has(view.namespace)) {
    const name = view.kind === 'volume' ? view.name : hiddenName;
    return present({ ...view, name, namespace: undefined, message: undefined });
  }
  return message === undefined ? view : { ...view, message: hidden.scrubbed(message) };
}

function scrubbed(
  { expected, actual, remedy }: FindingView,
  hidden: HiddenNamespaces,
): Pick<FindingView, 'expected' | 'actual' | 'remedy'> {
  const scrub = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : hidden.scrubbed(text);
  return present({ expected: scrub(expected), actual: scrub(actual), remedy: scrub(remedy) });
}

function withoutClaim<T extends { readonly namespace?: string; readonly claim?: string }>(
  view: T,
): Omit<T, 'namespace' | 'claim'> {
  const copy: { -readonly [key in keyof T]?: T[key] } = { ...view };
  delete copy.namespace;
  delete copy.claim;
  return copy as Omit<T, 'namespace' | 'claim'>;
}

/** A dataset may be called after its claim; one that is called after its volume (and when it went) is not. */
function veiledDataset(dataset: string, volume: string | undefined): string {
  const name = leafOf(dataset).replace(/-\d{8}T\d{6}Z$/, '');
  return name === volume ? dataset : `${parentOf(dataset)}/${hiddenName}`;
}
