import type { IvrEntryRecord, IvrMenuRecord } from '../records.js';
import { safeText } from '../safe-text.js';
import { configurationText } from './configuration.js';
import { appendElement, countText, type XmlElement } from './document.js';

/**
 * What a key may run. Not `bridge`, since a call out of a menu would escape rating: it transfers,
 * and the dialplan decides.
 */
const MENU_APPLICATIONS = new Set(['hangup', 'ivr', 'playback', 'transfer']);

/**
 * `ivr.conf`: the menu asked for and every menu its `menu-sub` entries name, for FreeSWITCH
 * resolves sub-menus only inside the same document.
 *
 * Entries are static: one entry, one key sequence. One entry without digits makes FreeSWITCH refuse
 * its whole menu, and `menu-exec-app` could run any application; so an entry without digits, or one
 * that names an application other than those of `MENU_APPLICATIONS`, is left out. Digits that form a regular
 * expression (`/…/`) lose their `$`, and `$1` cannot be used in `param`.
 *
 * @example
 * ivrDocument([mainMenu, supportMenu]);
 */
export function ivrDocument(menus: readonly IvrMenuRecord[]): string {
  return configurationText('ivr.conf', (configuration) => {
    const list = appendElement(configuration, 'menus', {});
    for (const menu of menus) appendMenu(list, menu);
  });
}

function appendMenu(list: XmlElement, menu: IvrMenuRecord): void {
  const element = appendElement(list, 'menu', {
    name: menu.name,
    'greet-long': soundText(menu.greetLong),
    'greet-short': soundText(menu.greetShort),
    'invalid-sound': soundText(menu.invalidSound),
    'exit-sound': soundText(menu.exitSound),
    timeout: countText(menu.timeoutMs),
    'inter-digit-timeout': countText(menu.interDigitTimeoutMs),
    'max-failures': countText(menu.maxFailures),
    'max-timeouts': countText(menu.maxTimeouts),
    'digit-len': countText(menu.digitLength),
  });
  for (const entry of menu.entries) {
    if (!isUsable(entry)) continue;
    const { action, digits, param } = entry;
    appendElement(element, 'entry', { action, digits, param });
  }
}

/** FreeSWITCH tries to play a sound with an empty name; without the attribute it plays none. */
function soundText(sound: string): string | undefined {
  return sound === '' ? undefined : sound;
}

function isUsable(entry: IvrEntryRecord): boolean {
  if (safeText(entry.digits).trim() === '') return false;
  if (entry.action !== 'menu-exec-app') return true;
  const application = safeText(entry.param).trim().split(' ', 1)[0] ?? '';
  return MENU_APPLICATIONS.has(application);
}
