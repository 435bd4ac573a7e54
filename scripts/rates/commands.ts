import type { RatesCommand } from './command.js';
import { listCommand } from './list.js';

/** Every command of `npm run rates`, in the order in which its help lists them. */
export const ratesCommands: readonly RatesCommand[] = [listCommand];
