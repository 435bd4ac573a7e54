import { appendElement, documentText } from './document.js';

const NOT_FOUND = documentText('result', (section) => {
  appendElement(section, 'result', { status: 'not found' });
});

/**
 * The only reply that means "ask the next binding, then the static files": section `result`,
 * status `not found`, sent with HTTP 200 (FreeSWITCH, `switch_xml_locate`). Any other well-formed
 * document ends the search.
 */
export function notFoundDocument(): string {
  return NOT_FOUND;
}
