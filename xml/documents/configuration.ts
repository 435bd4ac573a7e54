import { appendElement, appendPairs, documentText, type XmlElement } from './document.js';

/**
 * A configuration document with a `settings` block, as most modules' `<name>.conf` have it.
 * Parameters keep their order.
 *
 * @example
 * configurationDocument('event_socket.conf', { 'listen-ip': '127.0.0.1', 'listen-port': '8021' });
 */
export function configurationDocument(
  name: string,
  settings: Readonly<Record<string, string>>,
): string {
  return configurationText(name, (configuration) => {
    appendPairs(appendElement(configuration, 'settings', {}), 'param', settings);
  });
}

/** A configuration document whose inside is written by `fill`. */
export function configurationText(name: string, fill: (element: XmlElement) => void): string {
  return documentText('configuration', (section) => {
    fill(appendElement(section, 'configuration', { name }));
  });
}
