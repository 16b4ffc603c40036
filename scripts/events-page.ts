import { eventReasons } from '../src/controller/event-reasons.ts';
import { code, table } from './markdown.ts';

export function eventsPage(): string {
  const rows = Object.entries(eventReasons).map(([reason, { type, about, meaning }]) => [
    code(reason),
    type,
    about.join(', '),
    meaning,
  ]);
  return `# Events

What \`kubectl describe\` shows of a claim, a volume or a class. Reasons and texts are those of the sig-storage library
and of external-resizer where these have them. Equal events are one with a count; an object that is told of
too much is told of less (25 at once, then one in five minutes). Kubernetes forgets events after an hour; the log does not.

\`kubectl get events -A --field-selector source=pv.kubernetes.io/zfs\` lists them (with the name of your
provisioner). Those of volumes, classes and the lease's namespace apart: events of objects without a namespace are in \`default\`.

${table(['Reason', 'Type', 'About', 'Meaning'], rows)}`;
}
