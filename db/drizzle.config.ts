import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'mysql',
  schema: './dist/db/schema/index.js',
  out: './db/migrations',
});
