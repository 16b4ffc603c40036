/** A command that fails, and what makes it fail. */
export interface Failure {
  readonly name: string;
  readonly dataset: string;
  readonly command: string;
  /** Run as a user without root's rights, who has to be given some by `zfs allow`. */
  readonly unprivileged?: boolean;
  /** Shell commands that lead to it, and those that lead back. */
  readonly before: string;
  readonly after: string;
}

const volume = 'tank/k/pvc-1';

/** About a volume that is there; others may hang on it. */
function onVolume(
  name: string,
  command: string,
  more: { readonly before?: string; readonly after?: string; readonly unprivileged?: boolean } = {},
): Failure {
  const { before = '', after = '', unprivileged = false } = more;
  return {
    name,
    dataset: volume,
    command,
    unprivileged,
    before: `zfs create ${volume}\n${before}`,
    after: `${after}\nzfs destroy -R ${volume}`,
  };
}

/** About a volume that does not come into being. */
function onCreate(
  name: string,
  command: string,
  more: Partial<Pick<Failure, 'dataset' | 'before' | 'after' | 'unprivileged'>> = {},
): Failure {
  const { dataset = volume, before = '', after = '', unprivileged = false } = more;
  return { name, dataset, command, unprivileged, before, after };
}

const hideExportfs = 'mv /usr/sbin/exportfs /usr/sbin/exportfs.away';
const showExportfs = 'mv /usr/sbin/exportfs.away /usr/sbin/exportfs';
const occupy = `cd /tank/k/pvc-1; sleep 300 </dev/null >/dev/null 2>&1 & echo $! >/run/sleeper`;
/** Mounted in another mount namespace: to unmount it here is not enough. */
const occupyElsewhere =
  'unshare --mount --propagation private sleep 300 </dev/null >/dev/null 2>&1 & echo $! >/run/sleeper; sleep 0.5';
const leave =
  'pid=$(cat /run/sleeper); kill $pid; while [ -e /proc/$pid ]; do sleep 0.05; done; cd /';
const encrypt = [
  'head -c 32 /dev/urandom >/run/key',
  'zfs create -o encryption=on -o keyformat=raw -o keylocation=file:///run/key tank/locked',
].join('\n');
const allow = (rights: string): string => `zfs allow zfs-provisioner ${rights} tank/k`;
const disallow = 'zfs unallow zfs-provisioner tank/k';
/** A pool on a device that fails from now on; what writes next finds out. */
const pullOut = [
  'modprobe loop; truncate -s 120M /var/tmp/plug.img',
  'echo "0 245760 linear $(losetup --find --show /var/tmp/plug.img) 0" | dmsetup create plug; dmsetup mknodes',
  'zpool create -m /plug plug /dev/mapper/plug; zfs create plug/k; zfs create plug/k/pvc-2',
  'echo "0 245760 error" | dmsetup load plug; dmsetup suspend --noflush --nolockfs plug; dmsetup resume plug',
  'zpool sync plug </dev/null >/dev/null 2>&1 & touch /plug/k/pvc-2/x &',
  'n=0',
  'until [ "$(cat /proc/spl/kstat/zfs/plug/state)" = SUSPENDED ] || [ $n -gt 200 ]; do sleep 0.1; n=$((n + 1)); done',
].join('\n');

export const failures: readonly Failure[] = [
  onCreate('create-bad-number', `zfs create -o refquota=abc ${volume}`),
  onVolume('create-exists', `zfs create ${volume}`),
  onCreate('create-invalid-property', `zfs create -o nosuch=x ${volume}`),
  onCreate('create-no-parent', 'zfs create tank/none2/pvc-1', { dataset: 'tank/none2/pvc-1' }),
  onCreate('create-no-pool', 'zfs create nopool/k/pvc-1', { dataset: 'nopool/k/pvc-1' }),
  onCreate('create-not-shared', `zfs create -o sharenfs=on ${volume}`, {
    before: hideExportfs,
    after: `${showExportfs}\nzfs destroy ${volume}`,
  }),
  onCreate('create-share-invalid', `zfs create -o sharenfs=nosuch ${volume}`),
  onCreate('create-out-of-space', `zfs create -o refreservation=10G ${volume}`),
  onCreate('create-parent-quota', `zfs create -o refreservation=64M ${volume}`, {
    before: 'zfs set quota=32M tank/k',
    after: 'zfs set quota=none tank/k',
  }),
  onCreate('create-readonly-parent', 'zfs create tank/ro/pvc-2', {
    dataset: 'tank/ro/pvc-2',
    before: 'zfs create -o readonly=on tank/ro',
    after: 'zfs destroy -r tank/ro',
  }),
  onCreate('create-key-not-loaded', 'zfs create tank/locked/pvc-1', {
    dataset: 'tank/locked/pvc-1',
    before: `${encrypt}\nzfs unmount tank/locked\nzfs unload-key tank/locked`,
    after: 'zfs destroy -r tank/locked',
  }),
  onCreate('mount-key-not-loaded', 'zfs mount tank/locked/pvc-1', {
    dataset: 'tank/locked/pvc-1',
    before: `${encrypt}\nzfs create tank/locked/pvc-1\nzfs unmount tank/locked\nzfs unload-key tank/locked`,
    after: 'zfs destroy -r tank/locked',
  }),
  onCreate('create-mountpoint-not-empty', `zfs create ${volume}`, {
    before: 'mkdir -p /tank/k/pvc-1; touch /tank/k/pvc-1/x; zfs set overlay=off tank/k',
    after: `zfs destroy ${volume}; rm -r /tank/k/pvc-1; zfs inherit overlay tank/k`,
  }),
  onVolume('destroy-dataset-busy', `zfs destroy ${volume}`, {
    before: occupyElsewhere,
    after: leave,
  }),
  onVolume('destroy-has-children', `zfs destroy ${volume}`, {
    before: `zfs snapshot ${volume}@a`,
  }),
  onVolume('destroy-has-clones', `zfs destroy -r ${volume}`, {
    before: `zfs snapshot ${volume}@a; zfs clone ${volume}@a tank/k/clone`,
  }),
  onVolume('destroy-held-snapshot', `zfs destroy ${volume}@a`, {
    before: `zfs snapshot ${volume}@a; zfs hold keep ${volume}@a`,
    after: `zfs release keep ${volume}@a`,
  }),
  onVolume('destroy-held-snapshots', `zfs destroy ${volume}@%`, {
    before: `zfs snapshot ${volume}@a; zfs snapshot ${volume}@b; zfs hold keep ${volume}@b`,
    after: `zfs release keep ${volume}@b`,
  }),
  onVolume('destroy-mount-busy', `zfs destroy ${volume}`, { before: occupy, after: leave }),
  onVolume('destroy-shared-mount-busy', `zfs destroy ${volume}`, {
    before: `zfs set sharenfs=on ${volume}\n${occupy}`,
    after: leave,
  }),
  onCreate('destroy-pool', 'zfs destroy tank', { dataset: 'tank' }),
  onVolume('destroy-snapshot-with-clone', `zfs destroy ${volume}@a`, {
    before: `zfs snapshot ${volume}@a; zfs clone ${volume}@a tank/k/clone`,
  }),
  onVolume('destroy-snapshots-with-clone', `zfs destroy ${volume}@%`, {
    before: `zfs snapshot ${volume}@a; zfs snapshot ${volume}@b; zfs clone ${volume}@a tank/k/clone`,
  }),
  onCreate('destroy-missing', 'zfs destroy tank/k/gone', { dataset: 'tank/k/gone' }),
  onCreate('get-missing', 'zfs get -Hp -o name,property,value,source type tank/k/gone', {
    dataset: 'tank/k/gone',
  }),
  onVolume('get-unknown-property', `zfs get -Hp nosuch ${volume}`),
  onVolume('mount-already-mounted', `zfs mount ${volume}`),
  onVolume('set-refquota-too-small', `zfs set refquota=1M ${volume}`, {
    before: 'dd if=/dev/urandom of=/tank/k/pvc-1/x bs=1M count=4 2>/dev/null; zpool sync tank',
  }),
  onVolume('set-refreservation-no-space', `zfs set refreservation=50G ${volume}`),
  onVolume('set-share-invalid', `zfs set sharenfs=nosuch ${volume}`),
  onVolume('share-already-shared', `zfs share ${volume}`, {
    before: `zfs set sharenfs=on ${volume}`,
  }),
  onVolume('unmount-mount-busy', `zfs unmount ${volume}`, { before: occupy, after: leave }),
  onCreate('allow-create-denied', `zfs create ${volume}`, { unprivileged: true }),
  onCreate('allow-create-mount', `zfs create ${volume}`, {
    unprivileged: true,
    before: allow('create,mount'),
    after: `${disallow}; zfs destroy ${volume}`,
  }),
  onCreate('allow-create-share', `zfs create -o sharenfs=on ${volume}`, {
    unprivileged: true,
    before: allow('create,mount,share,sharenfs'),
    after: `${disallow}; zfs destroy ${volume}`,
  }),
  onCreate('allow-create-property-denied', `zfs create -o refquota=64M ${volume}`, {
    unprivileged: true,
    before: allow('create,mount'),
    after: `${disallow}; zfs destroy ${volume} 2>/dev/null || :`,
  }),
  onVolume('allow-set-denied', `zfs set refquota=64M ${volume}`, { unprivileged: true }),
  onVolume('allow-mount', `zfs mount ${volume}`, {
    unprivileged: true,
    before: `${allow('mount')}; zfs unmount ${volume}`,
    after: disallow,
  }),
  onVolume('allow-destroy-denied', `zfs destroy ${volume}`, { unprivileged: true }),
  onVolume('allow-destroy-mounted', `zfs destroy ${volume}`, {
    unprivileged: true,
    before: allow('destroy,mount'),
    after: disallow,
  }),
  onVolume('allow-destroy-shared', `zfs destroy ${volume}`, {
    unprivileged: true,
    before: `${allow('destroy,mount,share')}; zfs set sharenfs=on ${volume}`,
    after: disallow,
  }),
  onCreate('device-denied', 'zfs list', {
    dataset: 'tank',
    unprivileged: true,
    before: 'chmod 600 /dev/zfs',
    after: 'chmod 666 /dev/zfs',
  }),
  onVolume('destroy-readonly-pool', `zfs destroy ${volume}`, {
    before: `zfs unmount ${volume}; zpool export tank; zpool import -o readonly=on -N -d /dev/vdb1 tank`,
    after: 'zpool export tank; zpool import -d /dev/vdb1 tank',
  }),
  onCreate('create-readonly-pool', `zfs create ${volume}`, {
    before: 'zpool export tank; zpool import -o readonly=on -d /dev/vdb1 tank',
    after: 'zpool export tank; zpool import -d /dev/vdb1 tank',
  }),
  // The last ones: there is no way back.
  onCreate('create-pool-suspended', 'zfs create plug/k/pvc-1', {
    dataset: 'plug/k/pvc-1',
    before: pullOut,
  }),
  onCreate('destroy-pool-suspended', 'zfs destroy plug/k/pvc-2', { dataset: 'plug/k/pvc-2' }),
  onCreate('get-pool-suspended', 'zfs get -Hp type plug/k/pvc-2', { dataset: 'plug/k/pvc-2' }),
];
