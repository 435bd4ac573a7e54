import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { until } from './ports.js';

const TELEPHONE_EVENT = 101;
const PCMU = 0;
const PACKET_MS = 20;
const SAMPLES = 160;

/**
 * The media end of a SIPp call, since SIPp itself sends no key presses without raw sockets: one RTP
 * port that hears what FreeSWITCH sends and answers to where it came from.
 */
export class MediaPort {
  readonly #socket: Socket;
  #from: RemoteInfo | null = null;
  #sequence = 1;
  // FreeSWITCH takes a key press at timestamp 0 for none at all.
  #timestamp = 8000;
  /** Payloads of the voice packets heard. */
  readonly #heard: Buffer[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => {
      this.#from = from;
      if (packet.length > 12 && ((packet[1] ?? 0) & 0x7f) === PCMU) {
        this.#heard.push(packet.subarray(12));
      }
    });
  }

  static async open(ip = '127.0.0.1'): Promise<MediaPort> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, ip, resolve);
    });
    return new MediaPort(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get packetsHeard(): number {
    return this.#heard.length;
  }

  /** True when these very samples came back. */
  hasHeard(sample: number): boolean {
    return this.#heard.some((payload) => payload.length > 0 && payload.every((b) => b === sample));
  }

  /** Waits until the far end sends anything. */
  async connected(): Promise<void> {
    await until('RTP from FreeSWITCH', () => Promise.resolve(this.#from));
  }

  /** Presses a key for 100 ms: RFC 4733 packets, the last of them three times. */
  async press(digit: number): Promise<void> {
    const start = this.#timestamp;
    for (let step = 1; step <= 8; step += 1) {
      const isEnd = step > 5;
      const duration = Math.min(step, 5) * SAMPLES;
      const event = Buffer.from([digit, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      this.#send(TELEPHONE_EVENT, event, { timestamp: start, marker: step === 1 });
      await tick();
    }
    this.#timestamp += 10 * SAMPLES;
  }

  /** Says one sample value for a while. */
  async speak(sample: number, forMs: number): Promise<void> {
    for (let sent = 0; sent < forMs; sent += PACKET_MS) {
      this.#send(PCMU, Buffer.alloc(SAMPLES, sample), { timestamp: this.#timestamp });
      this.#timestamp += SAMPLES;
      await tick();
    }
  }

  close(): void {
    this.#socket.close();
  }

  #send(
    payloadType: number,
    payload: Buffer,
    options: { readonly timestamp: number; readonly marker?: boolean },
  ): void {
    if (this.#from === null) return;
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = payloadType | (options.marker === true ? 0x80 : 0);
    header.writeUInt16BE(this.#sequence & 0xffff, 2);
    header.writeUInt32BE(options.timestamp >>> 0, 4);
    header.writeUInt32BE(0x5151, 8);
    this.#sequence += 1;
    this.#socket.send(Buffer.concat([header, payload]), this.#from.port, this.#from.address);
  }
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PACKET_MS));
}
