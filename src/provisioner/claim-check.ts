import type { Claim } from '../volume/objects.ts';
import { tryParseQuantity } from '../volume/quantity.ts';

/** An empty dataset already references up to 200 KiB, depending on ashift and raidz. */
const minSizeBytes = 1n << 20n;
const maxSizeBytes = (1n << 63n) - 1n;

/** What a claim asks for that no class can give. */
export function claimProblems(claim: Claim): readonly string[] {
  const { selector, dataSource, dataSourceRef, volumeMode, volumeAttributesClassName } = claim.spec;
  const source = dataSourceRef ?? dataSource;
  const problems: string[] = [];
  if (selector !== undefined && Object.values(selector).some(isPresent)) {
    problems.push('spec.selector is not supported: a new volume has no labels to select');
  }
  if (source !== undefined) {
    problems.push(
      `spec.dataSource ${source.kind} ${source.name} cannot be restored or cloned by this provisioner`,
    );
  }
  if (volumeMode === 'Block') {
    problems.push('volumeMode Block is not supported: volumes are file systems');
  }
  if (isPresent(volumeAttributesClassName)) {
    problems.push(
      'spec.volumeAttributesClassName is not supported: Kubernetes never binds such a claim to an nfs, hostPath or local volume',
    );
  }
  return problems;
}

/** Some tools write empty objects and strings where nothing is meant. */
function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Bytes that a claim requests, or what is wrong with its request. */
export function parseSize(claim: Claim): bigint | string {
  const text = claim.spec.resources?.requests?.storage;
  const bytes = text === undefined ? undefined : tryParseQuantity(text);
  if (bytes === undefined)
    return `requested storage ${JSON.stringify(text ?? '')} is not a quantity`;
  if (bytes < minSizeBytes) return `requested storage ${String(text)} is below the minimum of 1Mi`;
  if (bytes > maxSizeBytes)
    return `requested storage ${String(text)} is above the maximum of 2^63-1 bytes`;
  return bytes;
}
