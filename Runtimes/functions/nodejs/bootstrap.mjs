// Runs a Node.js function over the Lambda Runtime API: `node bootstrap.mjs HANDLER`, with the code in LAMBDA_TASK_ROOT.
// Handlers may be CommonJS or ES modules, return a value or a promise, or take a callback.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, .../nodejs-handler.html

import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { streamifyResponse, HttpResponseStream, isStreaming, respond } from './streaming.mjs';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const root = process.env.LAMBDA_TASK_ROOT;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId;
globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };

// The code is not in /var/task but where the server keeps it; stack traces say what they say in Lambda.
const places = [[root, '/var/task'], [process.env.TARN_LAYERS, '/opt']].filter(([real]) => real).flatMap(([real, place]) =>
  [...new Set([real, fs.realpathSync(real)])].flatMap((path) => [[`${pathToFileURL(path)}/`, `file://${place}/`], [`${path}/`, `${place}/`]]));
const shown = (text) => places.reduce((all, [real, place]) => all.replaceAll(real, place), text);
const withFrames = (text) => text.replace(/^ +at .*$/gm, shown);

function call(method, route, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request({ host, port, agent, method, headers, path: `/2018-06-01/runtime/${route}` }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function describe(error) {
  if (!(error instanceof Error) && !(error && error.name && error.message !== undefined)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name || 'Error', errorMessage: error.message, trace: shown(String(error.stack || '')).split('\n') };
}

// One event, whatever lines it has; without the frame each line were one (Sources/Engines/Functions/Printout.swift).
function log(text) {
  const message = Buffer.from(text);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(0xa55a0003, 0);
  header.writeUInt32BE(message.length, 4);
  header.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  process.stdout.write(Buffer.concat([header, message]));
}

// As in Lambda: time, request id and level before what is logged; or an object of JSON, from a level on.
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowest = levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'INFO');
const writesJSON = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['warn', 'WARN'], ['error', 'ERROR'], ['trace', 'TRACE']]) {
  console[name] = (...values) => {
    const timestamp = new Date().toISOString();
    if (!writesJSON) {
      log(`${timestamp}\t${requestId}\t${level}\t${withFrames(format(...values))}\n`);
    } else if (levels.indexOf(level) >= lowest) {
      const only = values.length === 1 && typeof values[0] === 'object' && values[0] !== null && !(values[0] instanceof Error);
      const message = only ? values[0] : withFrames(format(...values));
      process.stdout.write(JSON.stringify({ timestamp, level, requestId, message }) + '\n');
    }
  };
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function loadModule(file) {
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    const found = file + extension;
    if (!fs.existsSync(found) || !fs.statSync(found).isFile()) continue;
    if (extension === '.mjs' || found.endsWith('.mjs')) return await import(pathToFileURL(found));
    try {
      return createRequire(path.join(root, 'index.js'))(found);
    } catch (error) {
      // A .js file of a package with "type": "module".
      if (error.code === 'ERR_REQUIRE_ESM') return await import(pathToFileURL(found));
      throw error;
    }
  }
  throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(file)}'`);
}

async function loadHandler(name) {
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (dot < 0) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  let module;
  try {
    module = await loadModule(path.join(root, path.dirname(name), base.slice(0, dot)));
  } catch (error) {
    if (error instanceof SyntaxError) throw Object.assign(new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`), { stack: error.stack });
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${error.message}`);
    }
    throw error;
  }
  const steps = base.slice(dot + 1).split('.');
  const find = (start) => steps.reduce((value, step) => (value === undefined || value === null ? undefined : value[step]), start);
  const handler = find(module) ?? find(module.default);
  if (handler === undefined) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    Object.assign(context, { done: callback, succeed: resolve, fail: reject });
    const answer = handler(event, context, callback);
    if (answer !== null && answer !== undefined && typeof answer.then === 'function') answer.then(resolve, reject);
    // A handler without a callback parameter that returns no promise is done with what it returned.
    else if (handler.length < 3 && answer !== undefined) resolve(answer);
    else if (handler.length < 3 && handler.length > 0 && answer === undefined) {
      // context.succeed or a late callback may still come; if the event loop runs dry, the answer is null.
      process.once('beforeExit', () => resolve(null));
    } else if (answer === undefined) process.once('beforeExit', () => resolve(null));
    else if (handler.length < 3) resolve(answer);
  });
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: headers['lambda-runtime-client-context'] ? JSON.parse(headers['lambda-runtime-client-context']) : undefined,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function postError(route, error) {
  const body = describe(error);
  console.error(route === 'init/error' ? 'Uncaught Exception' : 'Invoke Error', JSON.stringify({ ...body, stack: body.trace }));
  await call('POST', route, JSON.stringify(body));
}

// What nobody caught ends the environment, after the runtime has reported it.
for (const [event, name] of [['uncaughtException', undefined], ['unhandledRejection', 'Runtime.UnhandledPromiseRejection']]) {
  process.on(event, async (cause) => {
    const error = name ? Object.assign(new RuntimeError(name, describe(cause).errorMessage), { stack: cause?.stack }) : cause;
    try {
      if (requestId) await postError(`invocation/${requestId}/error`, error);
    } finally {
      process.exit(129);
    }
  });
}

let handler;
try {
  handler = await loadHandler(process.argv[2]);
} catch (error) {
  await postError('init/error', error);
  process.exit(1);
}

for (;;) {
  const next = await call('GET', 'invocation/next');
  if (next.status !== 200) process.exit(1);
  requestId = next.headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] ?? '';
  if (isStreaming(handler)) {
    try {
      await respond(handler, JSON.parse(next.body), contextOf(next.headers), { host, port, agent, id: requestId, describe });
    } catch (error) {
      await postError(`invocation/${requestId}/error`, error);
    }
    continue;
  }
  try {
    const value = await run(handler, JSON.parse(next.body), contextOf(next.headers));
    process.removeAllListeners('beforeExit');
    const text = JSON.stringify(value);
    await call('POST', `invocation/${requestId}/response`, text === undefined ? 'null' : text);
  } catch (error) {
    process.removeAllListeners('beforeExit');
    await postError(`invocation/${requestId}/error`, error);
  }
}
