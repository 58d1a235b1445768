// A client of @grpc/grpc-js; see ../check.
'use strict';

const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const VIDEO = 'http://s1.origin-cluster/video/123/xcg2djHckad.m3u8';
const VIDEO_ON_CDN = 'http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8';
const CALLERS = 16;
const PATIENCE_MS = 20000;
const GZIP = {'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip};

const loaded = grpc.loadPackageDefinition(
  loader.loadSync('service.proto', {includeDirs: [path.join(__dirname, '../../../proto')]}));
const RedirectClient = loaded.loadBalancer.loadBalancer;
const AliasClient = loaded.my.custom.server.Service;

const asIs = (bytes) => bytes;
const SERVING = Buffer.from([8, 1]);
const HealthClient = grpc.makeGenericClientConstructor({Check: health('Check'), Watch: health('Watch')}, 'Health');

/** A method of grpc.health.v1.Health, whose messages are bytes. */
function health(name) {
  return {
    path: `/grpc.health.v1.Health/${name}`,
    requestStream: false,
    responseStream: name === 'Watch',
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function check(holds, what, found) {
  if (!holds) {
    console.error(`grpc-js: ${what}:`, found);
    process.exit(1);
  }
}

/** How a unary call ends. */
function end(begin) {
  return new Promise((resolve) => {
    const result = {};
    const call = begin((error, answer) => {
      Object.assign(result, {error, answer});
    });
    call.on('metadata', (metadata) => (result.headers = metadata));
    call.on('status', (status) => setImmediate(() => resolve({...result, status})));
  });
}

const soon = () => ({deadline: Date.now() + PATIENCE_MS});

function redirect(client, video, metadata = new grpc.Metadata()) {
  return end((done) => client.Redirect({video}, metadata, soon(), done));
}

async function everyTenth(client, calls) {
  let begun = 0;
  let cdn = 0;
  let origin = 0;
  const caller = async () => {
    while (begun++ < calls) {
      const {error, answer} = await redirect(client, VIDEO);
      check(!error, 'a call', error);
      cdn += answer.redirect === VIDEO_ON_CDN;
      origin += answer.redirect === VIDEO;
    }
  };
  await Promise.all(Array.from({length: CALLERS}, caller));
  const tenth = Math.floor(calls / 10);
  check(cdn === calls - tenth && origin === tenth, 'calls to the CDN, to the origin', [cdn, origin]);
}

async function metadata(address, credentials) {
  const client = new AliasClient(address, credentials);
  const sent = new grpc.Metadata();
  sent.add('x-text', 'a');
  sent.add('x-text', 'b');
  sent.add('x-bytes-bin', Buffer.from([0, 255]));
  sent.add('x-long', 'v'.repeat(2000));
  const {error, headers} = await end((done) => client.Method({video: VIDEO}, sent, soon(), done));
  check(!error, 'a call with metadata', error);
  check(headers.get('served-by').join() === 'interop', 'served-by', headers);
  client.close();
}

async function compression(address, credentials) {
  const client = new RedirectClient(address, credentials, GZIP);
  const long = 'v'.repeat(4000);
  const {error, answer} = await redirect(client, `http://s1.origin-cluster/${long}`);
  check(!error && answer.redirect.endsWith(long), 'a call with gzip', error);
  client.close();
}

async function rejection(client) {
  const {error} = await redirect(client, 'http://s1.origin-cluster/a%zz');
  const text = error ? error.details : '';
  check(
    error && error.code === grpc.status.INVALID_ARGUMENT &&
      text.startsWith('invalid video URL (characters)') && text.includes('%zz'),
    'a rejection', error);
}

async function unknownMethod(client) {
  const {error} = await end((done) => client.makeUnaryRequest(
    '/loadBalancer.loadBalancer/Nothing', asIs, asIs, Buffer.alloc(0), new grpc.Metadata(), soon(), done));
  check(error && error.code === grpc.status.UNIMPLEMENTED, 'an unknown method', error);
}

/** Begins a call and does not end its request, so that it stays open. */
function unfinished(client, options, begun) {
  return end((done) => {
    const call = client.makeClientStreamRequest(
      '/loadBalancer.loadBalancer/Redirect', asIs, asIs, new grpc.Metadata(), options, done);
    begun(call);
    return call;
  });
}

async function isServing(health) {
  const {error, answer} = await end((done) => health.Check(Buffer.alloc(0), new grpc.Metadata(), soon(), done));
  check(!error && answer.equals(SERVING), 'health', error || answer);
}

async function deadline(client) {
  const {error} = await unfinished(client, {deadline: Date.now() + 200}, () => {});
  // The client's timer may be the later one. The front then answers with the status; gRPC's own server resets the call.
  const reset = process.env.TRANSPORT === 'netty' && error && error.code === grpc.status.CANCELLED;
  check(reset || (error && error.code === grpc.status.DEADLINE_EXCEEDED), 'a call beyond its deadline', error);
}

async function cancellation(client, health) {
  let call;
  const ended = unfinished(client, {}, (begun) => (call = begun));
  await isServing(health); // Answered after the server has seen the call before.
  call.cancel();
  const {error} = await ended;
  check(error && error.code === grpc.status.CANCELLED, 'a cancelled call', error);
  await isServing(health);
}

async function watch(health) {
  const call = health.Watch(Buffer.alloc(0));
  const status = new Promise((resolve) => call.on('error', resolve));
  const answer = await new Promise((resolve) => call.once('data', resolve));
  check(answer.equals(SERVING), 'Watch', answer);
  call.cancel();
  const error = await status;
  check(error.code === grpc.status.CANCELLED, 'a cancelled Watch', error);
  await isServing(health);
}

async function main([address, ca, calls]) {
  const credentials = ca ? grpc.credentials.createSsl(fs.readFileSync(ca)) : grpc.credentials.createInsecure();
  const client = new RedirectClient(address, credentials);
  const health = new HealthClient(address, credentials, {channelOverride: client.getChannel()});
  await everyTenth(client, Number(calls));
  await metadata(address, credentials);
  await compression(address, credentials);
  await rejection(client);
  await unknownMethod(client);
  await deadline(client);
  await cancellation(client, health);
  await watch(health);
  client.close();
}

main(process.argv.slice(2)).catch((error) => check(false, 'failed', error));
