// The one-way arrows between the rooms of src/ (docs/architecture.md).
const rooms = [
  ...['controller', 'provisioner', 'volume', 'zfs', 'host', 'kube', 'telemetry', 'cli'],
  ...['overview', 'console'],
];

/** A room may import only itself, the pure files at the top, and the rooms named. */
const arrows = (room, allowed) => ({
  name: `${room}-arrows`,
  severity: 'error',
  comment: `${room}/ may import: ${allowed.join(', ') || 'nothing of ours'} (and errors, clock)`,
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: `^src/(${rooms.filter((other) => other !== room && !allowed.includes(other)).join('|')})/`,
  },
});

const valuesOnly = { dependencyTypesNot: ['type-only'] };

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    arrows('controller', ['provisioner', 'volume', 'kube']),
    arrows('provisioner', ['zfs', 'volume', 'host']),
    arrows('volume', []),
    arrows('zfs', ['host', 'volume']),
    arrows('host', []),
    arrows('kube', ['volume']),
    arrows('telemetry', []),
    arrows('cli', ['overview', 'provisioner', 'zfs', 'volume', 'kube', 'host']),
    arrows('overview', ['provisioner', 'zfs', 'volume']),
    arrows('console', ['overview', 'controller', 'provisioner', 'volume', 'kube']),
    {
      name: 'only-types-of-lower-rooms',
      comment:
        'Concrete parts are built in app.ts; a room sees the types (and errors) of the room below.',
      severity: 'error',
      from: { path: '^src/(controller|provisioner|zfs|cli|console)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/(host|kube)/',
        pathNot: '^src/(host/command|kube/api-error)\\.ts$',
        ...valuesOnly,
      },
    },
    {
      name: 'client-node-in-kube-only',
      comment: 'Elsewhere the types of client-node are enough.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kube/' },
      to: { path: 'node_modules/@kubernetes/client-node', ...valuesOnly },
    },
    {
      name: 'settings-and-app-are-the-top',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '\\.test\\.ts$|^src/settings/' },
      to: { path: '^src/((app|app-[a-z]+|main|kubectl-zfs)\\.ts$|settings/)' },
    },
    {
      name: 'checker-knows-nothing-but-itself',
      comment: 'What judges the product after a run of chaos must not share its mistakes.',
      severity: 'error',
      from: { path: '^e2e/chaos/checker/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^e2e/chaos/checker/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|e2e)/|\\.test\\.ts$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
