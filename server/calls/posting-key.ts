/** The key under which a leg's charge can be posted once and never again. */
export function postingKey(legUuid: string): string {
  return `leg:${legUuid}`;
}
