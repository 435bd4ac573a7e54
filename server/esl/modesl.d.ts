/**
 * The part of the `modesl` package that this room uses. The package ships no types. The two
 * underscored methods are its internal hooks; `modesl-transport.ts` overrides them on purpose and is
 * the only file that may.
 */
declare module 'modesl' {
  import type { Socket } from 'node:net';

  class Event {
    constructor(headers: Readonly<Record<string, string>>, body?: string);
    getHeader(name: string): string | null;
    getBody(): string;
  }

  class Connection {
    constructor(host: string, port: number, password: string);
    /** Null once the far end has closed. */
    socket: Socket | null;
    connecting: boolean;
    auth(): void;
    sendRecv(
      command: string,
      headers: Readonly<Record<string, string>> | null,
      callback: (reply: Event) => void,
    ): void;
    on(event: string, listener: (...args: unknown[]) => void): this;
    emit(event: string, ...args: unknown[]): boolean;
    _onConnect(): void;
    _onEvent(event: Event, headers: Readonly<Record<string, string>>, body: string): void;
  }

  const esl: { readonly Connection: typeof Connection; readonly Event: typeof Event };
  export default esl;
  export type { Connection, Event };
}
