import type { Claim, StorageClass } from '../volume/objects.ts';
import type { TemplateValues } from '../volume/template.ts';
import { volumeNameFor } from '../volume/volume-name.ts';
import { renderDatasetName } from './parameters/naming.ts';
import type { GivenParameters } from './parameters/overrides.ts';
import { aclConflicts } from './parameters/ownership.ts';
import { planProperties } from './parameters/properties.ts';

/** What a volume is, wherever it is. */
export interface VolumeDetails {
  /** Last component of its dataset's name. */
  readonly leaf: string;
  readonly nativeProperties: Readonly<Record<string, string>>;
  readonly userProperties: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** What claim and class say in templates, and in parameters that go together. Pure. */
export function planDetails(
  claim: Claim,
  storageClass: StorageClass,
  given: GivenParameters,
  allowedProperties: readonly string[],
): VolumeDetails {
  const values = templateValues(claim, storageClass);
  const name = renderDatasetName(given.parameters['datasetName'], values);
  const properties = planProperties(given, { values, allowedProperties });
  const conflicts = aclConflicts(given.parameters['acl'], properties.native['acltype']);
  return {
    leaf: name.leaf,
    nativeProperties: properties.native,
    userProperties: properties.user,
    problems: [...name.problems, ...properties.problems, ...conflicts],
  };
}

function templateValues({ metadata }: Claim, storageClass: StorageClass): TemplateValues {
  const { namespace, name, uid, labels = {}, annotations = {} } = metadata;
  return {
    claim: { namespace, name, uid, labels, annotations },
    className: storageClass.metadata.name,
    volumeName: volumeNameFor(uid),
  };
}
