import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { helm, one, render, renderText, sampleValues, type Manifest } from './helm.ts';
import { Kubeconform } from './kubeconform.ts';

const samples = sampleValues();
let kubeconform: Kubeconform;

beforeAll(() => {
  kubeconform = new Kubeconform();
});

afterAll(() => {
  kubeconform.end();
});

function identities(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

describe('the values of ci/', () => {
  it('are there', () => {
    const names = samples.map(([name]) => name);

    expect(names).toEqual(['classic', 'defaults', 'full', 'pod-monitor', 'single']);
  });
});

describe.each(samples)('with the values %s', (_name, values) => {
  it('helm lint has nothing to say', () => {
    expect(helm('lint', values)).toMatchObject({ succeeded: true });
  });

  it('the schemas of Kubernetes and of the Prometheus operator allow every object', () => {
    expect(kubeconform.problemsOf(renderText(values))).toEqual([]);
  });

  it('helm 3 renders the same objects as helm 4', () => {
    const byName = (manifests: Manifest[]): Manifest[] =>
      manifests.sort((a, b) => (identities([a])[0] ?? '').localeCompare(identities([b])[0] ?? ''));

    expect(byName(render(values, 'helm3'))).toEqual(byName(render(values)));
  });

  it('no object is there twice, and each says to which release it belongs', () => {
    const manifests = render(values);

    expect(new Set(identities(manifests)).size).toBe(manifests.length);
    for (const { metadata } of manifests) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'release',
        'app.kubernetes.io/managed-by': 'Helm',
      });
    }
  });

  it('the pods are found by all that look for them', () => {
    const manifests = render(values);
    const { spec } = one(manifests, 'Deployment') as unknown as {
      spec: { template: { metadata: { labels: Record<string, string> } } };
    };
    const selectors = manifests.flatMap(({ kind, spec: other }) => {
      const { selector = {}, podSelector } = (other ?? {}) as Record<string, Selector>;
      const found = podSelector ?? selector;
      return kind === 'ServiceMonitor' ? [] : [found.matchLabels ?? found];
    });

    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) {
      expect(spec.template.metadata.labels).toMatchObject(selector);
    }
  });

  it('the notes tell what to check next', () => {
    const { output } = helm('install', values);
    const { metadata } = one(render(values), 'Deployment');

    expect(output).toContain(
      `kubectl --namespace zfs-system rollout status deployment/${metadata.name}`,
    );
    expect(output).toContain('kubectl zfs doctor');
  });
});

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

describe('kubeconform', () => {
  it.each([
    ['a field that there is not', 'spec', { replica: 1 }, 'replica'],
    ['a field of a wrong type', 'spec', { replicas: 'two' }, 'replicas'],
  ])('would find %s', (_what, field, more, named) => {
    const deployment = one(render(), 'Deployment');
    const wrong = { ...deployment, [field]: { ...(deployment[field] as object), ...more } };

    expect(kubeconform.problemsOf(JSON.stringify(wrong)).join()).toContain(named);
  });

  it('would find a kind that it does not know', () => {
    const wrong = { apiVersion: 'example.com/v1', kind: 'Unknown', metadata: { name: 'a' } };

    expect(kubeconform.problemsOf(JSON.stringify(wrong)).join()).toContain('Unknown');
  });
});
