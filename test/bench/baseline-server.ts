/**
 * The least an Express server can do for such a request: read the body, send a fixed document of the
 * usual size. What our answers are compared with.
 */
import express from 'express';

const document = `<document type="freeswitch/xml">\n${'<x/>\n'.repeat(400)}</document>\n`;
const app = express();
app.disable('etag');
app.post('/freeswitch/xml', (request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    response.type('text/xml').send(document);
  });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`listening on ${String(port)}\n`);
});
