import type { AclList } from '../records.js';
import { configurationText } from './configuration.js';
import { appendElement } from './document.js';

/**
 * `acl.conf`: the network lists that `apply-inbound-acl` and others name. FreeSWITCH reads it at
 * start and on `reloadacl`. A list that is missing admits nobody.
 *
 * @example
 * aclDocument([
 *   { name: 'carriers', default: 'deny', nodes: [{ type: 'allow', cidr: '198.51.100.10/32' }] },
 * ]);
 */
export function aclDocument(lists: readonly AclList[]): string {
  return configurationText('acl.conf', (configuration) => {
    const networkLists = appendElement(configuration, 'network-lists', {});
    for (const list of lists) {
      const element = appendElement(networkLists, 'list', {
        name: list.name,
        default: list.default,
      });
      for (const { type, cidr } of list.nodes) appendElement(element, 'node', { type, cidr });
    }
  });
}
