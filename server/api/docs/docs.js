/* global document, fetch, location, navigator */

// Draws openapi.json as a page. Text is only ever set as text, never as markup.

const METHODS = ['get', 'post', 'patch', 'delete'];

function element(name, options = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === 'onclick') node.addEventListener('click', value);
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const spec = await (await fetch('/api/v1/openapi.json')).json();

function resolve(schema) {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? (schema ?? {}) : (spec.components.schemas[name] ?? {});
}

function refName(schema) {
  return schema?.$ref?.split('/').at(-1);
}

/** A short word for a type: `string`, `integer or null`, `Account[]`. */
function typeOf(schema) {
  const name = refName(schema);
  if (name !== undefined) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array') return `${typeOf(schema.items ?? {})}[]`;
  return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? 'any');
}

function rules(schema) {
  const said = [];
  if (schema.description) said.push(schema.description);
  if (schema.default !== undefined) said.push(`Default ${JSON.stringify(schema.default)}.`);
  if (schema.minimum !== undefined) said.push(`At least ${schema.minimum}.`);
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) {
    said.push(`At most ${schema.maximum}.`);
  }
  if (schema.maxLength !== undefined) said.push(`Up to ${schema.maxLength} characters.`);
  if (schema.maxItems !== undefined) said.push(`Up to ${schema.maxItems} items.`);
  if (schema.pattern !== undefined) said.push(`Matches ${schema.pattern}`);
  return said.join(' ');
}

function table(heads, rows) {
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', {}, head)))),
    element(
      'tbody',
      {},
      ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cell)))),
    ),
  );
}

function fieldTable(schema) {
  const shape = resolve(schema);
  const required = new Set(shape.required ?? []);
  return table(
    ['Field', 'Type', 'Needed', 'Meaning'],
    Object.entries(shape.properties ?? {}).map(([name, field]) => [
      name,
      typeOf(field),
      required.has(name) ? 'yes' : '',
      rules(field),
    ]),
  );
}

/** An example value that shows the shape. */
function example(schema, depth = 0) {
  const shape = resolve(schema);
  if (shape.example !== undefined) return shape.example;
  if (shape.default !== undefined) return shape.default;
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return example(shape.anyOf[0], depth);
  const type = Array.isArray(shape.type) ? shape.type[0] : shape.type;
  if (type === 'object' && depth < 5) {
    const entries = Object.entries(shape.properties ?? {});
    return Object.fromEntries(entries.map(([name, field]) => [name, example(field, depth + 1)]));
  }
  if (type === 'array') return depth < 5 ? [example(shape.items ?? {}, depth + 1)] : [];
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return false;
  if (shape.format === 'date-time') return '2030-01-01T00:00:00Z';
  return 'text';
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A line for a terminal; only needed members are in its body. */
function curl(method, path, operation) {
  const url = `${location.origin}/api/v1${path.replace(/\{\w+\}/g, '1')}`;
  const lines = [`curl -X ${method.toUpperCase()} ${quoted(url)}`];
  lines.push(`-H 'Authorization: Bearer KEY'`);
  const headers = (operation.parameters ?? []).filter((one) => one.in === 'header' && one.required);
  for (const header of headers) lines.push(`-H '${header.name}: payment-2030-0001'`);
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (schema) {
    const shape = resolve(schema);
    const wanted = new Set([...(shape.required ?? []), ...(method === 'patch' ? ['version'] : [])]);
    const fields = Object.entries(shape.properties ?? {}).filter(([name]) => wanted.has(name));
    const body = Object.fromEntries(fields.map(([name, field]) => [name, example(field)]));
    lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`);
  }
  return lines.join(' \\\n  ');
}

function curlBlock(text) {
  const copy = element(
    'button',
    { type: 'button', onclick: () => navigator.clipboard?.writeText(text) },
    'Copy',
  );
  return [element('h4', {}, 'Try it ', copy), element('pre', {}, text)];
}

function responseBlock([status, response]) {
  const content = response.content ?? {};
  const schema = content['application/json']?.schema;
  if (status >= '400') return [];
  const title = element('h4', {}, `Answer ${status}: ${response.description}`);
  if (schema === undefined) return [title];
  return [title, element('pre', {}, JSON.stringify(example(schema), null, 2))];
}

function operationBlock({ method, path, operation }) {
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const refusals = Object.entries(operation.responses).filter(([status]) => status >= '400');
  return element(
    'section',
    { class: 'operation', id: operation.operationId },
    element('h3', {}, operation.summary),
    element(
      'div',
      { class: 'route' },
      element('span', { class: `method ${method}` }, method.toUpperCase()),
      ` /api/v1${path}`,
    ),
    element('p', {}, operation.description ?? ''),
    ...(parameters.length === 0
      ? []
      : [
          element('h4', {}, 'Parameters'),
          table(
            ['Name', 'In', 'Type', 'Needed', 'Meaning'],
            parameters.map((one) => [
              one.name,
              one.in,
              typeOf(one.schema),
              one.required ? 'yes' : '',
              rules({ ...one.schema, description: one.description ?? one.schema.description }),
            ]),
          ),
        ]),
    ...(body === undefined ? [] : [element('h4', {}, 'Body'), fieldTable(body)]),
    ...Object.entries(operation.responses).flatMap(responseBlock),
    element('h4', {}, 'Refusals'),
    element('p', {}, refusals.map(([status, one]) => `${status} ${one.description}`).join(' · ')),
    ...curlBlock(curl(method, path, operation)),
  );
}

function schemaBlock([name, schema]) {
  return element(
    'section',
    { class: 'operation', id: `schema-${name}` },
    element('h3', {}, name),
    fieldTable(schema),
  );
}

const all = Object.entries(spec.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({
    method,
    path,
    operation: item[method],
    tag: item[method].tags[0],
  })),
);

const contents = document.getElementById('contents');
const page = document.getElementById('page');
page.replaceChildren(element('p', { class: 'intro' }, spec.info.description));
const shown = [];

for (const { name } of spec.tags) {
  const group = all.filter((one) => one.tag === name);
  contents.append(element('h2', {}, name));
  page.append(element('h2', {}, name));
  for (const one of group) {
    const link = element('a', { href: `#${one.operation.operationId}` }, one.operation.summary);
    const block = operationBlock(one);
    contents.append(link);
    page.append(block);
    shown.push({ link, block, text: `${one.method} ${one.path} ${one.operation.summary}` });
  }
}

contents.append(element('h2', {}, 'Schemas'));
page.append(element('h2', {}, 'Schemas'));
for (const entry of Object.entries(spec.components.schemas ?? {})) {
  const link = element('a', { href: `#schema-${entry[0]}` }, entry[0]);
  const block = schemaBlock(entry);
  contents.append(link);
  page.append(block);
  shown.push({ link, block, text: entry[0] });
}

document.getElementById('find').addEventListener('input', (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const { link, block, text } of shown) {
    const hidden = !text.toLowerCase().includes(wanted);
    link.hidden = hidden;
    block.hidden = hidden;
  }
});

if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
