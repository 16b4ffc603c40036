import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import { messageOf } from '../errors.ts';
import { HostAuthenticationError } from './command.ts';

/** Where a host's private key may come from, in this order. */
export interface KeySources {
  readonly host: string;
  /** The key that the settings name. */
  readonly keyFile?: string | undefined;
  /** The key that ssh_config names for the host. */
  readonly identityFile?: string | undefined;
  /** Folder of keys, known_hosts and ssh_config, as `~/.ssh` is to ssh. */
  readonly mountPath: string;
  readonly passphrase?: string | undefined;
}

export interface PrivateKey {
  readonly file: string;
  readonly key: ParsedKey;
}

/**
 * Encrypted keys that were opened, by file: opening one takes a third of a second of this process. Others are read
 * and parsed for each login, and not kept. Of the file only a digest is.
 */
export type OpenedKeys = Map<string, { readonly digest: string; readonly key: ParsedKey }>;

const defaultNames = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * Reads the key to log in with. Read at each dial, so that a renewed key is used without a restart.
 * @throws HostAuthenticationError that says what is wrong with which file; never its content
 */
export async function readPrivateKey(
  sources: KeySources,
  opened: OpenedKeys = new Map(),
): Promise<PrivateKey> {
  const files = candidateFiles(sources);
  for (const file of files) {
    const text = await readKeyFile(sources.host, file);
    if (text === undefined) continue;
    const digest = createHash('sha256').update(text).digest('hex');
    const known = opened.get(file);
    const key = known?.digest === digest ? known.key : parsePrivateKey(sources, file, text);
    opened.delete(file);
    if (isEncrypted(text)) opened.set(file, { digest, key });
    return { file, key };
  }
  throw new HostAuthenticationError(
    sources.host,
    `no private key to log in to ${sources.host}: ${files.join(', ')} not found; mount one or set ZFS_SSH_KEY`,
  );
}

function candidateFiles({ keyFile, identityFile, mountPath }: KeySources): string[] {
  if (keyFile !== undefined) return [keyFile];
  if (identityFile !== undefined) return [identityPath(identityFile, mountPath)];
  return defaultNames.map((name) => path.join(mountPath, name));
}

/** The mount path stands for `~/.ssh`; other paths below `~` are beside it. */
function identityPath(identityFile: string, mountPath: string): string {
  const inSshFolder = /^~\/\.ssh\/(.+)$/.exec(identityFile)?.[1];
  if (inSshFolder !== undefined) return path.join(mountPath, inSshFolder);
  if (identityFile.startsWith('~/')) return path.join(mountPath, '..', identityFile.slice(2));
  return path.resolve(mountPath, identityFile);
}

async function readKeyFile(host: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    const advice = code === 'EACCES' || code === 'EPERM' ? await permissionAdvice(file) : '';
    throw new HostAuthenticationError(
      host,
      `private key ${file} for ${host} cannot be read (${code ?? messageOf(thrown)})${advice}`,
      { cause: thrown },
    );
  }
}

async function permissionAdvice(file: string): Promise<string> {
  try {
    const { mode, uid, gid } = await stat(file);
    const octal = (mode & 0o7777).toString(8).padStart(4, '0');
    return `: its mode is ${octal}, its owner ${uid}:${gid}; make it readable for the provisioner's user (fsGroup, defaultMode)`;
  } catch {
    return ': a folder above it is closed to the provisioner';
  }
}

function parsePrivateKey({ host, passphrase }: KeySources, file: string, text: string): ParsedKey {
  const refuse = (why: string): HostAuthenticationError =>
    new HostAuthenticationError(host, `private key ${file} for ${host} cannot be used: ${why}`);
  const parsed = ssh2.utils.parseKey(text, passphrase === '' ? undefined : passphrase);
  // A file in the OpenSSH format gives a list, although the types do not say so.
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (!(key instanceof Error)) {
    if (key.isPrivateKey()) return key;
    throw refuse('it is a public key');
  }
  if (!text.includes('PRIVATE KEY') && !text.startsWith('PuTTY-User-Key-File')) {
    throw refuse('it is not a private key');
  }
  if (!isEncrypted(text)) {
    throw refuse(
      `its format is not supported; 'ssh-keygen -p -f KEY' rewrites it as OpenSSH's own`,
    );
  }
  throw refuse(
    passphrase === undefined || passphrase === ''
      ? 'it is encrypted; set ZFS_SSH_KEY_PASSPHRASE'
      : 'ZFS_SSH_KEY_PASSPHRASE does not open it',
  );
}

function isEncrypted(text: string): boolean {
  const parsed = ssh2.utils.parseKey(text);
  return parsed instanceof Error && parsed.message.includes('no passphrase given');
}
