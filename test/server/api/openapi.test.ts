import { expect } from 'chai';
import { describe, it } from 'mocha';
import { expressPath } from '../../../server/api/router.js';
import { operations } from '../../../server/api/resources/operations.js';
import { withApi } from './api-client.js';

interface Media {
  readonly schema?: { readonly $ref?: string };
}

interface DocumentedResponse {
  readonly content?: Readonly<Record<string, Media>>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

describe('the OpenAPI document', function () {
  this.timeout(20_000);
  const api = withApi();

  async function document(): Promise<Document> {
    const answer = await api().call('GET', '/openapi.json', { key: null });
    expect(answer.status).to.equal(200);
    return JSON.parse(answer.text) as Document;
  }

  it('is open, is version 3.1 and describes every operation that is served', async () => {
    const { openapi, paths } = await document();
    expect(openapi).to.equal('3.1.0');
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described).to.have.members(operations.map(({ method, path }) => `${method} ${path}`));
  });

  it('describes nothing that is not served', async () => {
    const { paths } = await document();
    for (const [path, item] of Object.entries(paths)) {
      for (const method of Object.keys(item)) {
        const concrete = path.replace(/\{\w+\}/g, '1');
        const answer = await api().call(method.toUpperCase(), concrete, { key: null });
        expect(answer.status, `${method} ${path}`).to.equal(401);
      }
    }
  });

  it('gives every operation a unique name, a scope, a success and problems', async () => {
    const { paths } = await document();
    const all = Object.values(paths).flatMap((item) => Object.values(item));
    expect(new Set(all.map((one) => one.operationId)).size).to.equal(all.length);
    for (const one of all) {
      expect(one.summary, one.operationId).to.not.equal('');
      expect(one.security).to.deep.equal([{ bearer: [] }]);
      const statuses = Object.keys(one.responses);
      expect(statuses.filter((status) => status.startsWith('2'))).to.have.length(1);
      for (const status of ['401', '403', '500', '503']) expect(statuses).to.include(status);
      for (const status of statuses.filter((code) => code >= '400')) {
        const schema = one.responses[status]?.content?.['application/problem+json']?.schema;
        expect(schema?.$ref).to.equal('#/components/schemas/Problem');
      }
    }
  });

  it('names every parameter of a path', async () => {
    const { paths } = await document();
    for (const [path, item] of Object.entries(paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const one of Object.values(item)) {
        const inPath = (one.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(inPath.map((parameter) => parameter.name)).to.have.members(names);
      }
    }
  });

  it('refers only to schemas it holds, and has patterns that other languages can read', async () => {
    const answer = await api().call('GET', '/openapi.json', { key: null });
    const parsed = await document();
    for (const [, name] of answer.text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(parsed.components.schemas).to.have.property(name ?? '');
    }
    for (const [, pattern] of answer.text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)) {
      const source = JSON.parse(pattern ?? '""') as string;
      expect(() => new RegExp(source), source).to.not.throw();
      expect(source).to.match(/^\^.*\$$/s);
    }
  });

  it('asks for an Idempotency-Key on every money write', async () => {
    const { paths } = await document();
    for (const path of ['/accounts/{id}/payments', '/accounts/{id}/adjustments']) {
      const parameters = paths[path]?.['post']?.parameters ?? [];
      expect(parameters.map((parameter) => parameter.name)).to.include('Idempotency-Key');
    }
  });

  it('writes paths as express does', () => {
    expect(expressPath('/releases/{id}/rows/{row_id}')).to.equal('/releases/:id/rows/:row_id');
  });

  it('is drawn by a page that loads nothing from elsewhere', async () => {
    for (const [path, type] of [
      ['/docs', 'text/html'],
      ['/docs/docs.js', 'text/javascript'],
      ['/docs/docs.css', 'text/css'],
    ] as const) {
      const answer = await api().call('GET', path, { key: null });
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('Content-Type')).to.include(type);
      expect(answer.headers.get('Content-Security-Policy')).to.include("default-src 'none'");
      expect(answer.text).to.not.match(/https?:\/\//);
      expect(answer.text).to.not.match(/<script>|style="|onclick="|innerHTML/);
    }
  });
});
