/** The volume's name, and its dataset's leaf: derived from the claim's uid alone, so it never changes. */
export function volumeNameFor(claimUid: string): string {
  return `pvc-${claimUid}`;
}
