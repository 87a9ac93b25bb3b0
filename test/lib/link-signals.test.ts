import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { linkSignals, TimeLimitError } from '../../src/lib/link-signals.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('a linked signal', () => {
  test('is aborted from the start where a parent is, with its reason', () => {
    const why = new Error('over');
    const { signal, hasTimedOut } = linkSignals([new AbortController().signal, AbortSignal.abort(why)], {
      timeLimit: 60_000,
    });
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason, why);
    assert.equal(hasTimedOut(), false);
  });

  test('follows the first parent that aborts, with its reason, and lets go of the others', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal, hasTimedOut } = linkSignals([one.signal, other.signal], { timeLimit: 60_000 });
    const why = new Error('first');
    other.abort(why);
    one.abort(new Error('second'));
    assert.equal(signal.reason, why);
    assert.equal(hasTimedOut(), false);
    assert.equal(listeners(one.signal), 0);
    assert.equal(listeners(other.signal), 0);
  });

  test('has no listener and no timer left once it is disposed of', () => {
    const parent = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let round = 0; round < 10_000; round += 1) linkSignals([parent.signal], { timeLimit: 60_000 }).dispose();
    assert.equal(listeners(parent.signal), 0);
    assert.equal(timers(), before);
    const { signal, dispose } = linkSignals([parent.signal]);
    dispose();
    parent.abort();
    assert.equal(signal.aborted, false);
  });

  test('keeps its time limit when garbage is collected', async () => {
    const linked = linkSignals([new AbortController().signal], { timeLimit: 100 });
    let isAborted = false;
    linked.signal.addEventListener('abort', () => {
      isAborted = true;
    });
    const rubbish: Uint8Array[] = [];
    await expect
      .poll(
        () => {
          for (let piece = 0; piece < 50; piece += 1) rubbish[piece] = new Uint8Array(1024 * 1024);
          globalThis.gc?.();
          return isAborted;
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    assert.ok(linked.signal.reason instanceof TimeLimitError);
    assert.equal(linked.hasTimedOut(), true);
  });

  test('waits with a time limit that no timer can hold, rather than ending at once', async () => {
    const { signal, dispose } = linkSignals([], { timeLimit: 2 ** 40 });
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(signal.aborted, false);
    dispose();
  });
});
