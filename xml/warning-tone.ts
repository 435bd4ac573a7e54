/**
 * Two short beeps, made by the switch itself (mod_tone_stream), that both talkers hear before the end
 * of a call they can no longer pay. It has commas and a semicolon, but nothing that needs quotes.
 */
export const WARNING_TONE = 'tone_stream://%(150,150,1400);loops=2';

/** The application that plays it, so many whole seconds from now, for `execute_on_answer`. */
export function warningTask(inSeconds: number): string {
  return `sched_broadcast +${String(inSeconds)} ${WARNING_TONE} both`;
}
