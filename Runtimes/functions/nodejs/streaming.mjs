// Handlers that stream their response: `awslambda.streamifyResponse((event, responseStream, context) => ...)`.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html,
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming

import http from 'node:http';
import { Writable } from 'node:stream';

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');

export function streamifyResponse(handler, options) {
  handler[streaming] = 'response';
  if (options?.highWaterMark) handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')] = options.highWaterMark;
  return handler;
}

export const isStreaming = (handler) => handler[streaming] === 'response';

// Status and headers go before the body: JSON, and eight zero bytes.
export class HttpResponseStream {
  static from(responseStream, metadata) {
    responseStream.setContentType('application/vnd.awslambda.http-integration-response');
    responseStream.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]);
    return responseStream;
  }
}

// The request to the Runtime API begins with the first bytes, so that what fails before them is an ordinary error.
class ResponseStream extends Writable {
  constructor(options, highWaterMark) {
    super(highWaterMark ? { highWaterMark } : {});
    this.options = options;
    this.contentType = 'application/octet-stream';
    this.answered = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.answered.catch(() => {});
  }

  setContentType(type) {
    this.contentType = type;
  }

  open() {
    if (this.request) return this.request;
    const { host, port, agent, id } = this.options;
    const headers = {
      'content-type': this.contentType, 'transfer-encoding': 'chunked', 'lambda-runtime-function-response-mode': 'streaming',
      trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    };
    this.request = http.request({ host, port, agent, method: 'POST', headers, path: `/2018-06-01/runtime/invocation/${id}/response` }, (response) => {
      response.resume();
      response.on('end', this.resolve);
      response.on('error', this.reject);
    });
    this.request.on('error', (error) => {
      this.reject(error);
      this.destroy(error);
    });
    if (this.prelude) this.request.write(this.prelude);
    return this.request;
  }

  _write(piece, encoding, done) {
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece, encoding);
    if (this.open().write(bytes)) done();
    else this.request.once('drain', done);
  }

  _final(done) {
    this.open().end();
    this.answered.then(() => done(), done);
  }

  // Too late for another status: the trailers tell.
  fail(error) {
    this.request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': error.errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(error)).toString('base64'),
    });
    this.request.end();
    return this.answered;
  }
}

export async function respond(handler, event, context, options) {
  const stream = new ResponseStream(options, handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')]);
  const failed = new Promise((_, reject) => stream.on('error', reject));
  failed.catch(() => {});
  try {
    await Promise.race([Promise.resolve(handler(event, stream, context)), failed]);
    // A handler may have handed the stream on and let it end by itself.
    if (!stream.writableEnded) stream.end();
    await Promise.race([stream.answered, failed]);
  } catch (error) {
    if (!stream.request) throw error;
    await stream.fail(options.describe(error));
  }
}
