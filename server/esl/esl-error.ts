/** Why a command on the event socket had no usable reply. */
export type EslErrorCode =
  /** No reply in time. The switch may still carry the command out. */
  | 'timeout'
  /** The connection went away before the reply. The switch may have carried the command out. */
  | 'disconnected'
  /** The switch understood the command and said no (`-ERR`), or the login may not use it. */
  | 'refused'
  /** The argument could be read as another command, or is not what the command takes. */
  | 'invalid_argument'
  /** The reply is not what the command answers with. */
  | 'malformed_reply';

export class EslError extends Error {
  override readonly name = 'EslError';

  constructor(
    readonly code: EslErrorCode,
    message: string,
  ) {
    super(message);
  }
}
