import ipaddr from 'ipaddr.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A parsed list of CIDR strings. IPv4 addresses mapped into IPv6 count as the IPv4 they are. */
export class AddressList {
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** Parses CIDRs or bare addresses. Entries that are neither are left out: they can match nothing. */
  static from(value: unknown): AddressList {
    const entries = Array.isArray(value) ? value : [];
    return new AddressList(
      entries.flatMap((entry): Range[] => (typeof entry === 'string' ? parseRange(entry) : [])),
    );
  }

  /** The ranges as `address/bits`, the only form in which FreeSWITCH reads them. */
  get cidrs(): readonly string[] {
    return this.#ranges.map(([network, bits]) => `${network.toString()}/${String(bits)}`);
  }

  has(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.#ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  }
}

function parseRange(text: string): Range[] {
  if (ipaddr.isValidCIDR(text)) return [ipaddr.parseCIDR(text)];
  if (!ipaddr.isValid(text)) return [];
  const address = ipaddr.process(text);
  return [[address, address.kind() === 'ipv4' ? 32 : 128]];
}
