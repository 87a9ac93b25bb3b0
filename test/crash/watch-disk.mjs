// Loaded into the program by `--import`: logs, in order, which files it creates, syncs and renames, and its SQLite
// statements. The real functions are called.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const log = process.env.DISK_LOG;
const write = (event) => {
  if (log) fs.appendFileSync(log, `${JSON.stringify(event)}\n`);
};

const wrap = (object, name, after) => {
  const real = object[name];
  object[name] = function (...args) {
    const done = (result) => {
      after(result, args, this);
      return result;
    };
    const result = real.apply(this, args);
    return result instanceof Promise ? result.then(done) : done(result);
  };
};

const paths = new WeakMap();
const descriptors = new Map();
const probe = await fs.promises.open(process.execPath, 'r');
wrap(Object.getPrototypeOf(probe), 'sync', (_result, _args, handle) =>
  write({ type: 'sync', path: paths.get(handle) }),
);
await probe.close();

/** Wraps a function that takes a callback. */
const wrapCallback = (name, after) => {
  const real = fs[name];
  fs[name] = (...args) => {
    const done = args.pop();
    real(...args, (error, result) => {
      if (!error) after(result, args);
      done(error, result);
    });
  };
};
wrapCallback('open', (descriptor, [path]) => descriptors.set(descriptor, resolve(String(path))));
wrapCallback('fsync', (_result, [descriptor]) => write({ type: 'sync', path: descriptors.get(descriptor) }));
wrapCallback('rename', (_result, [from, to]) => write({ type: 'rename', from: resolve(from), path: resolve(to) }));

wrap(fs.promises, 'open', (handle, [path]) => paths.set(handle, resolve(String(path))));
for (const name of ['rename', 'link']) {
  wrap(fs.promises, name, (_result, [from, to]) => write({ type: 'rename', from: resolve(from), path: resolve(to) }));
}
wrap(fs, 'openSync', (descriptor, [path]) => descriptors.set(descriptor, resolve(String(path))));
wrap(fs, 'fsyncSync', (_result, [descriptor]) => write({ type: 'sync', path: descriptors.get(descriptor) }));
wrap(fs.promises, 'mkdir', (_result, [path]) => write({ type: 'mkdir', path: resolve(path) }));
syncBuiltinESMExports();

const Libsql = createRequire(import.meta.url)('libsql');
wrap(Libsql.prototype, 'exec', (_result, [text]) => write({ type: 'sql', text }));
// A statement may be run many times.
wrap(Libsql.prototype, 'prepare', (statement, [text]) => {
  for (const name of ['run', 'all']) wrap(statement, name, () => write({ type: 'sql', text }));
});
