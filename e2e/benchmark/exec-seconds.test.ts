import { describe, expect, it } from '@jest/globals';

import { parseExecSeconds } from './exec-seconds.ts';

const metrics = `# TYPE zfs_provisioner_ssh_exec_duration_seconds histogram
zfs_provisioner_ssh_exec_duration_seconds_bucket{le="+Inf",host="a",verb="create"} 3
zfs_provisioner_ssh_exec_duration_seconds_sum{host="a",verb="create"} 0.12
zfs_provisioner_ssh_exec_duration_seconds_count{host="a",verb="create"} 3
zfs_provisioner_ssh_exec_duration_seconds_sum{host="b",verb="create"} 0.08
zfs_provisioner_ssh_exec_duration_seconds_count{host="b",verb="create"} 1
zfs_provisioner_ssh_exec_duration_seconds_sum{host="a",verb="destroy"} 5
zfs_provisioner_ssh_exec_duration_seconds_count{host="a",verb="destroy"} 1
`;

describe('the remote part', () => {
  it('is what the execs of a verb took on all hosts', () => {
    const { count, seconds } = parseExecSeconds(metrics, 'create') ?? { count: 0, seconds: 0 };

    expect(count).toBe(4);
    expect(seconds).toBeCloseTo(0.2);
  });

  it('is not there before the first exec', () => {
    expect(parseExecSeconds(metrics, 'grow')).toBeUndefined();
  });
});
