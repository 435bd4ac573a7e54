import type { Logger } from 'pino';
import type { CallEvent } from '../calls/reports.js';
import type { Clock } from '../clock.js';
import type { EslCommands } from '../esl/commands.js';
import { EslClient } from '../esl/connection.js';
import type { SwitchEntry, SwitchesSnapshot } from '../snapshot/snapshot.js';
import { GatewayStates } from './gateway-states.js';

interface Link {
  readonly client: EslClient;
  /** What the connection was opened with; another value means another connection. */
  readonly settings: string;
  readonly switchId: number;
  readonly name: string;
  coreUuid: string | null;
  /** Epoch ms of the last connection or disconnection. */
  sinceMs: number | null;
  lastEventMs: number | null;
  lastError: string | null;
  readonly gatewayStates: GatewayStates;
}

export interface SwitchStatus {
  readonly switchId: number;
  readonly name: string;
  readonly connected: boolean;
  readonly sinceMs: number | null;
  readonly coreUuid: string | null;
  readonly lastEventMs: number | null;
  readonly lastError: string | null;
  readonly queueDepth: number;
  readonly gateways: readonly { readonly name: string; readonly state: string }[];
}

export interface SwitchLinksOptions {
  readonly log: Logger;
  readonly openSecret: (sealed: string) => string;
  readonly clock: Clock;
  readonly onEvent: (event: CallEvent, switchId: number) => Promise<void>;
  /** Compares our open calls with the switch, right after (re)connecting. */
  readonly onConnected: (switchId: number, commands: EslCommands) => Promise<void>;
}

/** One event socket connection per active FreeSWITCH server, opened and closed as they come and go. */
export class SwitchLinks {
  readonly #options: SwitchLinksOptions;
  readonly #links = new Map<number, Link>();

  constructor(options: SwitchLinksOptions) {
    this.#options = options;
  }

  /** Brings the connections in line with the configuration. */
  apply(switches: SwitchesSnapshot): void {
    for (const [id, link] of this.#links) {
      const entry = switches.byId.get(id);
      if (entry !== undefined && settingsOf(entry) === link.settings) continue;
      link.client.stop();
      this.#links.delete(id);
    }
    for (const [id, entry] of switches.byId) {
      if (!this.#links.has(id)) this.#open(id, entry);
    }
  }

  /** Null while the switch is not connected. */
  commandsOf(switchId: number): EslCommands | null {
    return this.#links.get(switchId)?.client.commands ?? null;
  }

  /** Connected switches, for periodic comparison. */
  get connected(): readonly { readonly switchId: number; readonly commands: EslCommands }[] {
    return [...this.#links.values()].flatMap(({ client, switchId }) =>
      client.commands === null ? [] : [{ switchId, commands: client.commands }],
    );
  }

  /** Undefined for a switch this node does not listen to. */
  statusOf(switchId: number): SwitchStatus | undefined {
    return this.statuses.find((status) => status.switchId === switchId);
  }

  /**
   * Why a gateway of a switch cannot be used; null where it can, where nothing was heard of it, and
   * while the switch is out of reach, for what was known of it may no longer be so.
   */
  gatewayDown(switchId: number, gatewayName: string): string | null {
    const link = this.#links.get(switchId);
    return link?.client.isConnected === true ? link.gatewayStates.downState(gatewayName) : null;
  }

  /** Looks at all gateways of the connected switches, for whatever no event told. */
  async lookAtGateways(): Promise<void> {
    await Promise.all(
      [...this.#links.values()].map(async (link) => {
        const { commands } = link.client;
        if (commands !== null) await this.#lookAtGateways(link, commands);
      }),
    );
  }

  get statuses(): readonly SwitchStatus[] {
    return [...this.#links.values()].map((link) => ({
      switchId: link.switchId,
      name: link.name,
      connected: link.client.isConnected,
      sinceMs: link.sinceMs,
      coreUuid: link.coreUuid,
      lastEventMs: link.lastEventMs,
      lastError: link.lastError,
      queueDepth: link.client.queueDepth,
      gateways: link.gatewayStates.all,
    }));
  }

  stop(): void {
    for (const link of this.#links.values()) link.client.stop();
    this.#links.clear();
  }

  #open(switchId: number, entry: SwitchEntry): void {
    const { row } = entry;
    const log = this.#options.log.child({ switch: row.name });
    let password: string;
    try {
      password = this.#options.openSecret(row.eslPasswordSealed);
    } catch (error) {
      log.error({ err: error }, 'the event socket password of this switch cannot be read');
      return;
    }
    const client = new EslClient({
      host: row.eslHost,
      port: row.eslPort,
      password,
      log,
      concurrency: 256,
      onEvent: (event) => this.#onEvent(event, switchId),
      onConnected: (commands) => this.#onConnected(switchId, commands),
      onDisconnected: (reason) => {
        this.#noteDisconnected(switchId, reason);
        log.warn({ reason }, 'switch is out of reach');
      },
    });
    this.#links.set(switchId, {
      client,
      settings: settingsOf(entry),
      switchId,
      name: row.name,
      coreUuid: null,
      sinceMs: null,
      lastEventMs: null,
      lastError: null,
      gatewayStates: new GatewayStates(),
    });
    client.start();
  }

  async #onConnected(switchId: number, commands: EslCommands): Promise<void> {
    const link = this.#links.get(switchId);
    if (link === undefined) return;
    link.sinceMs = this.#options.clock.nowMs();
    link.lastError = null;
    link.coreUuid = await commands.coreUuid();
    // Side by side: a slow look at gateways must not keep calls waiting to be followed again.
    await Promise.all([
      this.#lookAtGateways(link, commands),
      this.#options.onConnected(switchId, commands),
    ]);
  }

  /** A switch that will not say is used as before: its own hunt still passes over what is down. */
  async #lookAtGateways(link: Link, commands: EslCommands): Promise<void> {
    try {
      link.gatewayStates.replaceAll(await commands.gateways());
    } catch (error) {
      this.#options.log.warn({ err: error, switch: link.name }, 'gateways cannot be looked at');
    }
  }

  #noteDisconnected(switchId: number, reason: string): void {
    const link = this.#links.get(switchId);
    if (link === undefined) return;
    link.sinceMs = this.#options.clock.nowMs();
    link.lastError = reason;
  }

  async #onEvent(event: CallEvent, switchId: number): Promise<void> {
    const link = this.#links.get(switchId);
    if (link !== undefined) link.lastEventMs = this.#options.clock.nowMs();
    if (link !== undefined && event.kind === 'gateway') {
      link.gatewayStates.note(event.gatewayName, event.state);
    }
    if (link !== undefined && event.kind === 'alive') await this.#noteRun(link, event.coreUuid);
    await this.#options.onEvent(event, switchId);
  }

  /** Another run behind the same connection, as with a proxy between: the calls of the old are dead. */
  async #noteRun(link: Link, coreUuid: string): Promise<void> {
    const before = link.coreUuid;
    link.coreUuid = coreUuid;
    const { commands } = link.client;
    if (before === null || before === coreUuid || commands === null) return;
    this.#options.log.warn({ switch: link.name, coreUuid }, 'switch was started anew');
    await this.#options.onConnected(link.switchId, commands);
  }
}

function settingsOf({ row }: SwitchEntry): string {
  return JSON.stringify([row.name, row.eslHost, row.eslPort, row.eslPasswordSealed]);
}
