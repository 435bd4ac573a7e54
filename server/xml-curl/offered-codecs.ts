/** Payload types with a fixed meaning, which an offer need not spell out (RFC 3551, table 4). */
const STATIC_NAMES: ReadonlyMap<string, string> = new Map([
  ['0', 'PCMU'],
  ['3', 'GSM'],
  ['4', 'G723'],
  ['8', 'PCMA'],
  ['9', 'G722'],
  ['15', 'G728'],
  ['18', 'G729'],
]);

/** Offered beside a codec, never instead of one: tones and comfort noise. */
const NO_CODECS: ReadonlySet<string> = new Set(['TELEPHONE-EVENT', 'CN', 'RED']);

/** A caller may send any text as its offer; more of it than this is not looked at. */
const LONGEST_SDP = 16_384;

/**
 * The audio codecs of an SDP offer, in capitals, in the caller's order. Null where it offers no audio
 * that could be read, so that nothing is concluded from it.
 */
export function codecsOf(sdp: string): readonly string[] | null {
  const lines = sdp.slice(0, LONGEST_SDP).split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('m=audio '));
  if (start < 0) return null;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('m='));
  const names = new Map(STATIC_NAMES);
  for (const line of end < 0 ? rest : rest.slice(0, end)) {
    const [, payload, name] = /^a=rtpmap:(\d{1,3}) ([A-Za-z0-9._-]{1,32})\//.exec(line) ?? [];
    if (payload !== undefined && name !== undefined) names.set(payload, name.toUpperCase());
  }
  const payloads = lines[start]?.trim().split(/ +/).slice(3) ?? [];
  const codecs = payloads.flatMap((payload) => names.get(payload) ?? []);
  const usable = codecs.filter((name) => !NO_CODECS.has(name));
  return usable.length === 0 ? null : usable;
}
