import { describe, expect, it } from '@jest/globals';

import { settingProblems } from '../../test/support/setting-problems.ts';
import { parseSettings } from './settings.ts';

describe('settings', () => {
  it('are complete from an empty environment, with the defaults of the classic provisioner', () => {
    expect(parseSettings({})).toEqual({
      instance: 'pv.kubernetes.io/zfs',
      namespace: 'default',
      kubeConfigPath: undefined,
      watchIdleTimeoutMs: 150_000,
      logLevel: 'info',
      http: { address: '0.0.0.0', port: 8080 },
      ssh: {
        mountPath: '/home/zfs/.ssh',
        user: undefined,
        port: undefined,
        keyPath: undefined,
        keyPassphrase: undefined,
        knownHostsPath: '/home/zfs/.ssh/known_hosts',
        trustOnFirstUse: false,
        requireTty: false,
        channelsPerHost: 6,
        allowedHosts: [],
      },
      zfs: {
        executeLocally: false,
        zfsCommand: ['sudo', '-H', 'zfs'],
        chmodCommand: ['sudo', '-H', 'chmod'],
        chownCommand: ['sudo', '-H', 'chown'],
        setfaclCommand: ['sudo', '-H', 'setfacl'],
        exportsFiles: ['/var/lib/nfs/etab', '/etc/exports.d/zfs.exports', '/etc/zfs/exports'],
        permissionsMode: 'g+w',
        operationTimeoutMs: 60_000,
        allowedParents: [],
        exportToEveryone: false,
        allowedProperties: [],
        spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
      },
      lease: {
        enabled: true,
        name: 'pv.kubernetes.io-zfs',
        durationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2000,
      },
      usage: { intervalMs: 60_000, maxVolumes: 1000, claimLabels: false },
      workersPerHost: 8,
      waitingNoticeMs: 30_000,
      orphanGraceMs: 600_000,
      trashSweepIntervalMs: 60_000,
      autoRepair: [],
      maxDestroysPerMinute: 100,
      delayCapacity: false,
      shutdownGraceMs: 10_000,
      console: undefined,
      warnings: [],
    });
  });

  it('take every variable', () => {
    const settings = parseSettings({
      ZFS_PROVISIONER_INSTANCE: 'zfs.example.com/a',
      POD_NAMESPACE: 'zfs-system',
      ZFS_KUBE_CONFIG_PATH: '/etc/kubeconfig',
      KUBECONFIG: '/home/me/.kube/config',
      ZFS_WATCH_IDLE_TIMEOUT: '5m',
      ZFS_LOG_LEVEL: 'trace',
      ZFS_METRICS_PORT: '9000',
      ZFS_METRICS_ADDR: '::1',
      ZFS_SSH_MOUNT_PATH: '/ssh',
      ZFS_SSH_USER: 'zfs',
      ZFS_SSH_PORT: '2222',
      ZFS_SSH_KEY: '/ssh/key',
      ZFS_SSH_KEY_PASSPHRASE: ' pass phrase ',
      ZFS_SSH_KNOWN_HOSTS: '/ssh/hosts',
      ZFS_SSH_HOSTKEY_TOFU: 'true',
      ZFS_SSH_REQUIRETTY: 'true',
      ZFS_SSH_CHANNELS: '9',
      ZFS_ALLOWED_HOSTS: 'storage-1, 10.0.0.2,,fd00::1,storage-1',
      ZFS_EXEC_LOCAL: 'true',
      ZFS_BIN: '  doas   zfs ',
      ZFS_CHOWN_BIN: 'chmod',
      ZFS_OWNER_BIN: 'doas chown',
      ZFS_ACL_BIN: '/usr/bin/setfacl',
      ZFS_EXPORTS_FILES: '/run/etab',
      ZFS_MOD: 'u=rwx,g+ws,o-rwx',
      ZFS_OP_TIMEOUT: '1m30s',
      ZFS_ALLOWED_PARENTS: 'tank/k8s,ssd/k8s/a',
      ZFS_EXPORT_TO_EVERYONE: 'true',
      ZFS_ALLOWED_PROPERTIES: 'overlay, nbmand',
      ZFS_MAX_OVERCOMMIT: '1.5',
      ZFS_MAX_POOL_FULLNESS: '90',
      ZFS_WORKERS: '1',
      ZFS_WAITING_NOTICE: '10s',
      ZFS_ORPHAN_GRACE: '1h',
      ZFS_TRASH_SWEEP_INTERVAL: '0',
      ZFS_AUTO_REPAIR: 'unmounted, share',
      ZFS_MAX_DESTROYS_PER_MINUTE: '10',
      ZFS_DELAY_CAPACITY: 'true',
      ZFS_SHUTDOWN_GRACE: '0',
      ZFS_USAGE_INTERVAL: '0s',
      ZFS_USAGE_MAX_VOLUMES: '0',
      ZFS_LEADER_ELECTION: 'false',
      ZFS_LEASE_NAME: 'lease.a',
      ZFS_LEASE_DURATION: '30s',
      ZFS_LEASE_RENEW_DEADLINE: '20s',
      ZFS_LEASE_RETRY_PERIOD: '4s',
    });

    expect(settings).toEqual({
      instance: 'zfs.example.com/a',
      namespace: 'zfs-system',
      kubeConfigPath: '/etc/kubeconfig',
      watchIdleTimeoutMs: 300_000,
      logLevel: 'trace',
      http: { address: '::1', port: 9000 },
      ssh: {
        mountPath: '/ssh',
        user: 'zfs',
        port: 2222,
        keyPath: '/ssh/key',
        keyPassphrase: ' pass phrase ',
        knownHostsPath: '/ssh/hosts',
        trustOnFirstUse: true,
        requireTty: true,
        channelsPerHost: 9,
        allowedHosts: ['storage-1', '10.0.0.2', 'fd00::1'],
      },
      zfs: {
        executeLocally: true,
        zfsCommand: ['doas', 'zfs'],
        chmodCommand: ['chmod'],
        chownCommand: ['doas', 'chown'],
        setfaclCommand: ['/usr/bin/setfacl'],
        exportsFiles: ['/run/etab'],
        permissionsMode: 'u=rwx,g+ws,o-rwx',
        operationTimeoutMs: 90_000,
        allowedParents: ['tank/k8s', 'ssd/k8s/a'],
        exportToEveryone: true,
        allowedProperties: ['overlay', 'nbmand'],
        spaceLimits: { maxFullnessPercent: 90, maxOvercommit: 1.5 },
      },
      lease: {
        enabled: false,
        name: 'lease.a',
        durationMs: 30_000,
        renewDeadlineMs: 20_000,
        retryPeriodMs: 4000,
      },
      usage: { intervalMs: 0, maxVolumes: 0, claimLabels: false },
      workersPerHost: 1,
      waitingNoticeMs: 10_000,
      orphanGraceMs: 3_600_000,
      trashSweepIntervalMs: 0,
      autoRepair: ['unmounted', 'share'],
      maxDestroysPerMinute: 10,
      delayCapacity: true,
      shutdownGraceMs: 0,
      warnings: [],
    });
  });

  it('cannot be changed, however deep', () => {
    const settings = parseSettings({ ZFS_ALLOWED_HOSTS: 'a' });

    expect(Object.isFrozen(settings)).toBe(true);
    expect(() => (settings.ssh.allowedHosts as string[]).push('b')).toThrow(TypeError);
  });

  it('count an empty variable as not set', () => {
    expect(parseSettings({ ZFS_METRICS_PORT: '', ZFS_LEASE_NAME: '' })).toEqual(parseSettings({}));
  });

  it.each([
    ['the variable', { POD_NAMESPACE: 'a' }, 'b\n', 'a'],
    ['the service account', {}, 'b\n', 'b'],
    ['default when the file is empty', {}, '\n', 'default'],
  ])('take the namespace from %s', (_from, env, serviceAccountNamespace, expected) => {
    expect(parseSettings(env, { serviceAccountNamespace }).namespace).toBe(expected);
  });

  it('fall back to KUBECONFIG', () => {
    expect(parseSettings({ KUBECONFIG: '/a:/b' }).kubeConfigPath).toBe('/a:/b');
  });
});

describe('wrong settings', () => {
  it.each([
    ['ZFS_METRICS_PORT', '8080.5', 'a whole number from 1 to 65534'],
    ['ZFS_METRICS_PORT', '65535', 'a whole number from 1 to 65534'],
    ['ZFS_METRICS_PORT', '0x50', 'a whole number from 1 to 65534'],
    ['ZFS_SSH_PORT', '-1', 'a whole number from 1 to 65535'],
    ['ZFS_SSH_CHANNELS', '10', 'a whole number from 1 to 9'],
    ['ZFS_SSH_USER', '-oProxyCommand=x', 'a user name'],
    ['ZFS_WORKERS', '0', 'a whole number from 1 to 64'],
    ['ZFS_OP_TIMEOUT', '60', 'a duration of at least'],
    ['ZFS_OP_TIMEOUT', '0', 'a duration of at least'],
    ['ZFS_OP_TIMEOUT', '-1s', 'a duration of at least'],
    ['ZFS_OP_TIMEOUT', '9999h', 'a duration of at least'],
    [
      'ZFS_USAGE_INTERVAL',
      '10ms',
      'a duration of at least 1s, such as 60s or 1m30s (0: only at the start)',
    ],
    ['ZFS_LOG_LEVEL', 'INFO', 'one of fatal, error, warn, info, debug, trace'],
    ['ZFS_LEADER_ELECTION', 'yes', 'one of true, false'],
    ['ZFS_PROVISIONER_INSTANCE', 'kubernetes.io/zfs', 'not below kubernetes.io/'],
    ['ZFS_PROVISIONER_INSTANCE', 'a/b/c', 'a name such as'],
    ['ZFS_PROVISIONER_INSTANCE', 'a b', 'a name such as'],
    ['ZFS_MOD', '--reference=/etc/shadow', 'a mode for chmod'],
    ['ZFS_MOD', '0999', 'a mode for chmod'],
    ['ZFS_BIN', '   ', 'a command'],
    ['ZFS_ALLOWED_PARENTS', 'tank/a,/tank/b', 'names of datasets'],
    ['ZFS_ALLOWED_PARENTS', 'tank/a,tank/../b', 'names of datasets'],
    ['ZFS_ALLOWED_HOSTS', 'a,-oProxyCommand', 'host names'],
    ['ZFS_ALLOWED_PROPERTIES', 'overlay,mountpoint', 'names among'],
    ['ZFS_AUTO_REPAIR', 'share,key', 'any of mountpoint, readonly, quota'],
    ['ZFS_MAX_OVERCOMMIT', '0.5', 'a number from 1 to 1000'],
    ['ZFS_MAX_OVERCOMMIT', '1e3', 'a number from 1 to 1000'],
    ['ZFS_MAX_POOL_FULLNESS', '90%', 'a whole number from 1 to 100'],
    ['POD_NAMESPACE', 'Kube_System', 'a DNS label'],
    ['ZFS_LEASE_NAME', 'a/b', 'a DNS name'],
    ['ZFS_LEASE_DURATION', '10s', 'more than ZFS_LEASE_RENEW_DEADLINE'],
    ['ZFS_LEASE_RETRY_PERIOD', '9s', 'more than 1.2 times ZFS_LEASE_RETRY_PERIOD'],
    ['ZFS_KUBE_CONFIG_PATH', '/a\0b', 'a path'],
  ])('%s=%j is refused: expected %s', (name, value, expected) => {
    const problems = settingProblems({ [name]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('are reported all at once, each with its name and value', () => {
    const problems = settingProblems({
      ZFS_METRICS_PORT: 'http',
      ZFS_OP_TIMEOUT: 'soon',
      ZFS_LEASE_DURATION: '5s',
      ZFS_PROVISIONER_INSTANCE: 'My_Provisioner',
    });

    expect(problems).toEqual([
      'ZFS_METRICS_PORT is "http": expected a whole number from 1 to 65534',
      'ZFS_OP_TIMEOUT is "soon": expected a duration of at least 1ms, such as 60s or 1m30s',
      'ZFS_LEASE_DURATION is "5s": expected more than ZFS_LEASE_RENEW_DEADLINE',
      'ZFS_LEASE_NAME is not set: expected a DNS name, since none can be made of ZFS_PROVISIONER_INSTANCE',
    ]);
  });

  it('never show a key or passphrase', () => {
    const canary = 'c4n4ry';

    expect(
      settingProblems({
        ZFS_SSH_KEY: `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}`,
        ZFS_SSH_KEY_PASSPHRASE: `${canary}\0`,
      }),
    ).toEqual([
      'ZFS_SSH_KEY is wrong (its value is not shown): expected the path of a private key file, not the key itself',
      'ZFS_SSH_KEY_PASSPHRASE is wrong (its value is not shown): expected any text',
    ]);
  });

  it('cut a long value', () => {
    expect(settingProblems({ ZFS_LOG_LEVEL: 'x'.repeat(10_000) })[0]?.length).toBeLessThan(200);
  });

  it('tell of service links, which Kubernetes sets for a Service named zfs-ssh', () => {
    expect(settingProblems({ ZFS_SSH_PORT: 'tcp://10.0.0.1:22' })[0]).toContain(
      'enableServiceLinks',
    );
  });
});

describe('suspicious settings', () => {
  it.each(['yes', 'True', 'TRUE', '1', 'on', 'true '])(
    'warn that a flag set to %j counts as false',
    (value) => {
      const settings = parseSettings({ ZFS_SSH_HOSTKEY_TOFU: value });

      expect(settings.ssh.trustOnFirstUse).toBe(false);
      expect(settings.warnings).toEqual([expect.stringContaining('ZFS_SSH_HOSTKEY_TOFU')]);
    },
  );

  it.each(['false', 'no', '0', 'False'])('do not warn of a flag set to %j', (value) => {
    expect(parseSettings({ ZFS_EXEC_LOCAL: value }).warnings).toEqual([]);
  });

  it('warn of an unknown variable, without its value', () => {
    const { warnings } = parseSettings({
      ZFS_SSH_PASSPHRASE: 'c4n4ry',
      __proto__x: '',
      PATH: '/bin',
    });

    expect(warnings).toEqual(['ZFS_SSH_PASSPHRASE is not a setting: is it misspelt?']);
  });

  it('say nothing of what Kubernetes adds for a Service named zfs-provisioner', () => {
    const { warnings } = parseSettings({
      ZFS_PROVISIONER_SERVICE_HOST: '10.0.0.1',
      ZFS_PROVISIONER_SERVICE_PORT: '8080',
      ZFS_PROVISIONER_SERVICE_PORT_HTTP: '8080',
      ZFS_PROVISIONER_PORT: 'tcp://10.0.0.1:8080',
      ZFS_PROVISIONER_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      ZFS_PROVISIONER_PORT_8080_TCP_ADDR: '10.0.0.1',
    });

    expect(warnings).toEqual([]);
  });
});
