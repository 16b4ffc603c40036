/** What a list of pods tells about the claims that they use. */
export interface PodList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Pod[] | null;
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly volumes?: readonly {
      readonly name: string;
      readonly persistentVolumeClaim?: { readonly claimName: string };
      readonly ephemeral?: object;
    }[];
  };
}

/** Those that have ended hold no volume any more. A page is a page of the reflectors. */
export const RUNNING_PODS = {
  fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  limit: '500',
};

/** The claim of an ephemeral volume is named after its pod and itself. */
export function usesClaim({ metadata, spec }: Pod, claimName: string): boolean {
  return (spec.volumes ?? []).some(({ name, persistentVolumeClaim, ephemeral }) =>
    ephemeral === undefined
      ? persistentVolumeClaim?.claimName === claimName
      : `${metadata.name}-${name}` === claimName,
  );
}
