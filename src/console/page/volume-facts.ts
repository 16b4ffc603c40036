import type { VolumeView } from '../../overview/views.ts';
import { textOrNone } from './claim-cells.ts';
import { age, momentOf, none, size, unknown } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { driftOf, phaseOf, usedOfQuota } from './volume-table.ts';
import { code, text } from './words.ts';

/** All that is known of a volume but what happened to it. */
export function volumeFacts(volume: VolumeView, nowMs: number): Html {
  const facts = factsOf(volume, nowMs).map(
    ([title, value]) =>
      html`<div>
        <dt>${title}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="facts">${facts}</dl>`;
}

function factsOf(volume: VolumeView, nowMs: number): readonly (readonly [string, Html])[] {
  const { claim, namespace, share, accessModes } = volume;
  return [
    ['Volume', code(volume.volume)],
    ['Claim', textOrNone(claim)],
    ['Namespace', textOrNone(namespace)],
    ['State', phaseOf(volume)],
    ['Drift', driftOf(volume)],
    ['Used', usedOfQuota(volume)],
    ['Used by snapshots', size(volume.usedBySnapshotsBytes)],
    ['Capacity', size(volume.capacityBytes)],
    ['Quota', quotaOf(volume)],
    ['Class', text(volume.storageClass)],
    ['Type', html`${volume.type}`],
    ['Host', text(volume.host)],
    ['Dataset', code(volume.dataset)],
    ['Share', share === undefined ? none : code(share)],
    ['Access modes', accessModes.length === 0 ? none : text(accessModes.join(', '))],
    ['Reclaim policy', text(volume.reclaimPolicy)],
    ['Created', html`${momentOf(volume.createdAtMs)} (${age(volume.createdAtMs, nowMs)} ago)`],
  ];
}

function quotaOf({ quotaBytes }: VolumeView): Html {
  if (quotaBytes === undefined) return unknown;
  return quotaBytes === 0 ? none : size(quotaBytes);
}
