import { releaseStore } from '../../../db/repositories/admin/stores.js';
import { conflict, notFound } from '../../admin/refusal.js';
import { exportRelease, importTemplate } from '../../rates/export/export-release.js';
import { idParams } from '../listing.js';
import { defineOperation } from '../operation.js';

const TAG = 'Rate imports';
const CSV = 'text/csv; charset=utf-8';

const template = defineOperation({
  id: 'downloadRateTemplate',
  method: 'get',
  path: '/rate-sheets/import-template.csv',
  tag: TAG,
  summary: 'Download a file of rates to fill in',
  scope: 'config:read',
  download: [CSV],
  handle() {
    const content = oneText(importTemplate());
    return { download: { content, contentType: CSV, fileName: 'rates-template.csv' } };
  },
});

async function* oneText(text: string): AsyncGenerator<string, void> {
  yield await Promise.resolve(text);
}

const exportRates = defineOperation({
  id: 'exportRelease',
  method: 'get',
  path: '/releases/{id}/export.csv',
  tag: TAG,
  summary: 'Download the rows of a release',
  description: 'By prefix; imported again it gives the same rows.',
  scope: 'config:read',
  params: idParams,
  download: [CSV],
  async handle({ deps, params }) {
    const release = await releaseStore.find(deps.database.orm, params.id);
    if (release === undefined) throw notFound('release', params.id);
    if (release.status === 'importing') {
      throw conflict('release_unfinished', 'The release is still being imported.');
    }
    const content = exportRelease(deps.database, release.id);
    const fileName = `release-${String(release.id)}.csv`;
    return { download: { content, contentType: CSV, fileName } };
  },
});

/** Stands before the operations of rate sheets: the template lies among their ids. */
export const rateExportOperations = [template, exportRates];
