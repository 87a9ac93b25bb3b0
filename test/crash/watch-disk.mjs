// Loaded into the program by `--import`: tells, in order, what it makes, syncs and renames on the disk, and what it asks
// of SQLite. Every call is the real one.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const log = process.env.DISK_LOG;
const tell = (event) => {
  if (log) fs.appendFileSync(log, `${JSON.stringify(event)}\n`);
};

const wrap = (object, name, after) => {
  const real = object[name];
  object[name] = function (...args) {
    const told = (result) => {
      after(result, args, this);
      return result;
    };
    const result = real.apply(this, args);
    return result instanceof Promise ? result.then(told) : told(result);
  };
};

const paths = new WeakMap();
const descriptors = new Map();
const probe = await fs.promises.open(process.execPath, 'r');
wrap(Object.getPrototypeOf(probe), 'sync', (_result, _args, handle) => tell({ type: 'sync', path: paths.get(handle) }));
await probe.close();

/** Functions that answer by a callback. */
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
wrapCallback('fsync', (_result, [descriptor]) => tell({ type: 'sync', path: descriptors.get(descriptor) }));
wrapCallback('rename', (_result, [from, to]) => tell({ type: 'rename', from: resolve(from), path: resolve(to) }));

wrap(fs.promises, 'open', (handle, [path]) => paths.set(handle, resolve(String(path))));
for (const name of ['rename', 'link']) {
  wrap(fs.promises, name, (_result, [from, to]) => tell({ type: 'rename', from: resolve(from), path: resolve(to) }));
}
wrap(fs, 'openSync', (descriptor, [path]) => descriptors.set(descriptor, resolve(String(path))));
wrap(fs, 'fsyncSync', (_result, [descriptor]) => tell({ type: 'sync', path: descriptors.get(descriptor) }));
wrap(fs.promises, 'mkdir', (_result, [path]) => tell({ type: 'mkdir', path: resolve(path) }));
syncBuiltinESMExports();

const Libsql = createRequire(import.meta.url)('libsql');
wrap(Libsql.prototype, 'exec', (_result, [text]) => tell({ type: 'sql', text }));
// A statement may be run many times.
wrap(Libsql.prototype, 'prepare', (statement, [text]) => {
  for (const name of ['run', 'all']) wrap(statement, name, () => tell({ type: 'sql', text }));
});
