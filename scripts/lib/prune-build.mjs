// Removes what the build made of sources that are gone: a deleted test must not go on passing.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOMS = ['rating', 'xml', 'db', 'server', 'scripts', 'test'];
const ENDINGS = ['.d.ts', '.js', '.js.map', '.d.ts.map'];

for (const room of ROOMS) prune(room);

function prune(folder) {
  const built = join('dist', folder);
  if (!existsSync(built)) return;
  const entries = readdirSync(built, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) prune(join(folder, entry.name));
  // Only the compiler's output has a declaration file beside it; bundles are left alone.
  const compiled = entries.map((entry) => entry.name).filter((name) => name.endsWith('.d.ts'));
  for (const name of compiled) {
    const stem = join(folder, name.slice(0, -'.d.ts'.length));
    if (existsSync(`${stem}.ts`) || existsSync(`${stem}.tsx`)) continue;
    for (const ending of ENDINGS) rmSync(join('dist', `${stem}${ending}`), { force: true });
  }
}
