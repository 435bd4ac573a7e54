import process from 'node:process';
import { Spool } from '../../../server/spool/spool.js';
import { quietLog } from '../../support/quiet-log.js';

/** Appends without end, and says which records were acknowledged; its parent kills it. */
const spool = new Spool({ folder: process.argv[2] ?? '', maxBytes: 10 ** 9, log: quietLog });
await spool.open();
const writer = async (name: number): Promise<never> => {
  for (let count = 0; ; count += 1) {
    const record = `${String(name)}-${String(count)}`;
    await spool.append(Buffer.from(record));
    process.stdout.write(`${record}\n`);
  }
};
await Promise.all([1, 2, 3, 4, 5].map(writer));
