/**
 * A place for a weighted item in a random order that depends on the seed and the item's id alone,
 * never on the order in which items come in. Sorting ascending draws without replacement, heavier
 * items first in proportion to their weight: exponential keys -ln(u) / weight, after Efraimidis and
 * Spirakis, "Weighted random sampling with a reservoir" (2006). Weight 0 sorts last.
 */
export function weightedPlace(seed: number, id: number, weight: number): number {
  if (!(weight > 0)) return Number.POSITIVE_INFINITY;
  return -Math.log(uniformOf(seed, id)) / weight;
}

/** A number above 0 and below 1 that seed and id alone decide; as good as random over either. */
export function uniformOf(seed: number, id: number): number {
  return (mix(mix(seed) ^ mix(id + 0x9e3779b9)) + 0.5) / 4_294_967_296;
}

/** A seed for another draw of the same call, so that one draw says nothing about the other. */
export function seedFor(seed: number, draw: number): number {
  return mix(mix(seed) + Math.imul(draw, 0x85ebca6b));
}

/** Scrambles 32 bits so that neighbouring inputs differ in about half of them (murmur3 finaliser). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
