import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Keeps what we must be able to read again (carrier and event socket passwords) unreadable at rest. */
export interface Secrets {
  /** Encrypts text; the same text gives another result every time. */
  seal(text: string): string;
  /** @throws SealError when the text was sealed with another key or was changed. */
  open(sealed: string): string;
}

export class SealError extends Error {
  readonly code = 'sealed_text_unreadable';

  constructor(message: string) {
    super(message);
    this.name = 'SealError';
  }
}

/** Says how the rest is read, so that a later cipher can live beside this one. */
const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
/** The nonce length GCM is defined for; random ones are safe for 2^32 texts per key (SP 800-38D). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @throws Error when the key is not 64 hexadecimal characters. */
export function createSecrets(keyHex: string): Secrets {
  if (!/^[0-9a-fA-F]{64}$/.test(keyHex)) {
    throw new Error(`secret key: found ${keyHex.length} characters, expected 64 hexadecimal ones`);
  }
  const key = Buffer.from(keyHex, 'hex');
  return { seal: (text) => seal(key, text), open: (sealed) => open(key, sealed) };
}

function seal(key: Buffer, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(Buffer.from(VERSION));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
}

function open(key: Buffer, sealed: string): string {
  const [version, encoded] = sealed.split('.', 2);
  if (version !== VERSION || encoded === undefined) {
    throw new SealError('sealed text: found an unknown version, expected v1');
  }
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealError('sealed text: too short');
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(VERSION));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError('sealed text: made with another SECRET_KEY, or changed since');
  }
}

/** Lower-case hex. For secrets of full entropy only; it is far too quick for chosen passwords. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** A secret of 32 random bytes in URL-safe characters. */
export function randomSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** Compares without telling by its duration where the texts begin to differ. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(a, 'utf8').digest(),
    createHash('sha256').update(b, 'utf8').digest(),
  );
}

/** The form in which SIP digest passwords are kept (RFC 2617, A1): md5 of user:realm:password. */
export function a1Hash(user: string, domain: string, password: string): string {
  return createHash('md5').update(`${user}:${domain}:${password}`, 'utf8').digest('hex');
}
