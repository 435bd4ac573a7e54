import { readdirSync, readFileSync } from 'node:fs';

/** One recorded HTTP request of a FreeSWITCH. */
export interface RecordedRequest {
  readonly scenario: string;
  readonly url: string;
  readonly body: string;
}

const FOLDER = new URL('../../../test/fixtures/recorded/', import.meta.url);

/** Every request that FreeSWITCH sent in any of the recorded scenarios, in their order. */
export function recordedRequests(): readonly RecordedRequest[] {
  const scenarios = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return scenarios.flatMap((scenario) =>
    readFileSync(new URL(`${scenario}/http.jsonl`, FOLDER), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        // One request a line; the README of the recordings names the members.
        const { url, body } = JSON.parse(line) as { readonly url: string; readonly body: string };
        return { scenario, url, body };
      }),
  );
}
