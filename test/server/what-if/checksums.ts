import mysql from 'mysql2/promise';
import { connectionOptions } from '../../../db/client.js';

/** A checksum over every row of every table of a schema. */
export async function checksums(url: string): Promise<Readonly<Record<string, unknown>>> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    const [tables] = await connection.query<mysql.RowDataPacket[]>(
      "select table_name as name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'",
    );
    const names = tables.map((row) => `\`${String(row['name'])}\``);
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      `checksum table ${names.join(', ')} extended`,
    );
    return Object.fromEntries(rows.map((row) => [String(row['Table']), row['Checksum']]));
  } finally {
    await connection.end();
  }
}
