/** Commands that change something, or print what is to be changed. */
import type { ManualPage } from './manual-page.ts';

const consent =
  'What is going to be done is shown first, and asked for. --yes answers for a script; --dry-run only shows. What was interrupted is finished by the same command again.';

export const changePages: Readonly<Record<string, ManualPage>> = {
  'trash restore': {
    description: [
      'Takes a dataset out of the trash, writes its volume again as it was, and binds a claim to it. The claim is made if there is none of that name.',
      consent,
    ],
    examples: [
      {
        what: 'by the volume, into a new claim',
        line: 'trash restore pvc-773f0b11-6b9f-4c27-bb28-80bee4a37832 --claim default/data',
      },
      {
        what: 'only show what would be done',
        line: 'trash restore storage-1:tank/k8s/.trash/x --claim default/data --dry-run',
      },
    ],
    seeAlso: ['kubectl zfs trash list', 'docs/trash.md'],
  },
  'trash empty': {
    description: [
      'Destroys what is in the trash, for good: all of this provisioner, what is named, or what has expired. Snapshots go where the class agreed, those of other tools only where it agreed to that too; holds and clones keep a dataset.',
      consent,
    ],
    examples: [
      { what: 'what has expired, from a script', line: 'trash empty --expired --yes' },
      { what: 'one', line: 'trash empty pvc-773f0b11-6b9f-4c27-bb28-80bee4a37832' },
    ],
    seeAlso: ['kubectl zfs trash list', 'docs/trash.md'],
  },
  adopt: {
    description: [
      'Writes the volume of an orphan, or of a retained dataset, again, and binds a claim to it.',
      consent,
    ],
    examples: [
      {
        what: 'an orphan',
        line: 'adopt storage-1:tank/k8s/pvc-773f0b11-6b9f-4c27-bb28-80bee4a37832 --claim default/home',
      },
    ],
    seeAlso: ['kubectl zfs orphans'],
  },
  drift: {
    description: [
      'Lists what is otherwise on the hosts than volumes were promised: quota, reservation, share, mount, read-only, missing datasets. With --repair, what can be is put right: all kinds, or those that are named.',
      consent,
    ],
    examples: [
      { what: 'for a nightly check', line: 'drift --exit-code' },
      { what: 'what a repair would do', line: 'drift --repair --dry-run' },
      { what: 'some kinds, of one volume', line: 'drift pvc-1 --repair=quota,unmounted --yes' },
    ],
    exitCodes: [[3, 'with --exit-code: something is otherwise than promised']],
    seeAlso: ['kubectl zfs describe', 'docs/drift.md'],
  },
  'guard release': {
    description: [
      'Confirms that these volumes, or all that wait, are destroyed: many were to go at once, and the provisioner waits for a person.',
      consent,
    ],
    examples: [
      { what: 'one', line: 'guard release pvc-773f0b11-6b9f-4c27-bb28-80bee4a37832' },
      { what: 'all, from a script', line: 'guard release --all --yes' },
    ],
    seeAlso: ['kubectl zfs guard list', 'docs/safety.md'],
  },
  'host-setup': {
    description: [
      'Prints, in order, what root runs on a new storage host: the user, its key, and the rights that the provisioner uses, no more. It talks to nothing and changes nothing.',
    ],
    examples: [
      { what: 'a host with Debian', line: 'host-setup --parent tank/kubernetes' },
      {
        what: 'the sudoers of it alone',
        line: 'host-setup --parent tank/kubernetes --print sudoers',
      },
    ],
    seeAlso: ['docs/security.md'],
  },
};
