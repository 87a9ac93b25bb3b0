import { Icon } from './icons.tsx';
import { words } from './words/words.ts';

interface Props {
  readonly problem: { readonly message: string; readonly hint?: string | undefined };
  readonly again?: () => void;
}

/** What went wrong, what to do about it, and a way to try again. */
export const Notice = ({ problem, again }: Props) => (
  <div class="notice" role="alert">
    <Icon name="warning" />
    <div class="notice-text">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint && <p>{problem.hint}</p>}
    </div>
    {again && (
      <button type="button" class="button" onClick={again}>
        {words.retry}
      </button>
    )}
  </div>
);

/** Grey lines where text is about to be. */
export const Waiting = ({ lines = 3 }: { lines?: number }) => (
  <div class="waiting" role="status" aria-label={words.loading}>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} class="waiting-line" />
    ))}
  </div>
);
