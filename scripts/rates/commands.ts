import { activateCommand } from './activate.js';
import type { RatesCommand } from './command.js';
import { diffCommand } from './diff.js';
import { discardCommand } from './discard.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { listCommand } from './list.js';
import { previewCommand } from './preview.js';
import { rollbackCommand } from './rollback.js';
import { templateCommand } from './template.js';

/** Every command of `npm run rates`, in the order in which its help lists them. */
export const ratesCommands: readonly RatesCommand[] = [
  listCommand,
  templateCommand,
  importCommand,
  exportCommand,
  diffCommand,
  previewCommand,
  activateCommand,
  rollbackCommand,
  discardCommand,
];
