import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Accounts } from '../../contract/library.ts';
import { Command } from '../copy.tsx';
import { useLoaded } from '../loaded.ts';
import { base } from '../navigation.ts';
import { Notice } from '../notice.tsx';
import { words } from '../words/words.ts';
import { Checkbox } from './checkbox.tsx';
import { isBackwards, requestOf, type StartFields } from './request.ts';
import { useStart } from './use-start.ts';

const DEFAULTS: StartFields = {
  account: '',
  mediaType: base ? 'both' : 'feed',
  from: '',
  to: '',
  limit: '',
  concurrency: '',
  dryRun: false,
  incremental: false,
  retryFailed: false,
  wait: true,
  collaborations: false,
};

/** Starts a run with the options of the command line. Options that cannot be combined are disabled, with a note. */
export function StartForm() {
  const { value } = useLoaded<Accounts>('/accounts');
  const [fields, setFields] = useState(DEFAULTS);
  const { start: startRun, isStarting, problem } = useStart();
  const change = (more: Partial<StartFields>) => setFields({ ...fields, ...more });
  const accounts = value?.accounts.filter(({ isEnabled }) => isEnabled) ?? [];
  const { start } = words;
  const { retryFailed } = fields;
  const why = retryFailed ? start.notWithRetry : undefined;
  const wrong = isBackwards(fields) ? start.backwards : undefined;

  function submit(event: Event): void {
    event.preventDefault();
    if (!wrong) void startRun(requestOf(fields));
  }

  return (
    <section class="card" aria-labelledby="start">
      <h2 id="start">{start.title}</h2>
      {value && accounts.length === 0 && !base && (
        <p>
          {start.noAccount} <Command text="storyline-cli instagram-auth" />
        </p>
      )}
      <form class="start-form" onSubmit={submit}>
        {accounts.length > 1 && (
          <Field label={start.account}>
            <select value={fields.account} onChange={(event) => change({ account: event.currentTarget.value })}>
              {accounts.map(({ id, name, isActive }) => (
                <option key={id} value={isActive ? '' : id}>
                  {isActive ? `${name} (${start.activeAccount})` : name}
                </option>
              ))}
            </select>
          </Field>
        )}
        <fieldset class="types" disabled={retryFailed}>
          <legend>{start.what}</legend>
          {(['feed', 'stories', 'both'] as const).map((type) => (
            <label key={type} class="tick-field">
              <input
                type="radio"
                name="media-type"
                checked={fields.mediaType === type}
                onChange={() => change({ mediaType: type })}
              />
              <span>{start.types[type]}</span>
            </label>
          ))}
          <p class="note">{why ?? start.storiesNote}</p>
        </fieldset>
        <Checkbox
          label={start.incremental}
          note={why ?? start.incrementalNote}
          isOn={fields.incremental && !retryFailed}
          isDisabled={retryFailed}
          set={(incremental) => change({ incremental })}
        />
        <Checkbox
          label={start.dryRun}
          note={start.dryRunNote}
          isOn={fields.dryRun}
          set={(dryRun) => change({ dryRun })}
        />
        <details class="more">
          <summary>{start.more}</summary>
          <div class="start-pair">
            <Field label={start.from}>
              <input type="date" value={fields.from} onInput={(event) => change({ from: event.currentTarget.value })} />
            </Field>
            <Field label={start.to}>
              <input
                type="date"
                value={fields.to}
                aria-invalid={wrong !== undefined}
                onInput={(event) => change({ to: event.currentTarget.value })}
              />
            </Field>
          </div>
          <p class="note">{start.rangeNote}</p>
          <Field label={start.limit} note={start.limitNote}>
            <input
              type="number"
              inputMode="numeric"
              min={1}
              max={1_000_000}
              value={fields.limit}
              onInput={(event) => change({ limit: event.currentTarget.value })}
            />
          </Field>
          <Checkbox
            label={start.retryFailed}
            note={start.retryFailedNote}
            isOn={retryFailed}
            set={(next) => change({ retryFailed: next })}
          />
          <Checkbox label={start.wait} note={start.waitNote} isOn={fields.wait} set={(wait) => change({ wait })} />
          <Checkbox
            label={start.collaborations}
            note={why ?? start.collaborationsNote}
            isOn={fields.collaborations && !retryFailed}
            isDisabled={retryFailed}
            set={(collaborations) => change({ collaborations })}
          />
          <Field label={start.concurrency} note={start.concurrencyNote}>
            <input
              type="number"
              inputMode="numeric"
              min={1}
              max={64}
              value={fields.concurrency}
              onInput={(event) => change({ concurrency: event.currentTarget.value })}
            />
          </Field>
        </details>
        {wrong && (
          <p class="field-problem" role="alert">
            {wrong}
          </p>
        )}
        {problem && <Notice problem={problem} />}
        <button type="submit" class="button button-main" disabled={isStarting}>
          {fields.dryRun ? start.startDry : start.start}
        </button>
      </form>
    </section>
  );
}

const Field = ({ label, note, children }: { label: string; note?: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is what is inside.
  <label class="field">
    <span>{label}</span>
    {children}
    {note && <span class="note">{note}</span>}
  </label>
);
