import { Icon } from './icons.tsx';
import { words } from './words/words.ts';

interface Props {
  readonly problem: { readonly message: string; readonly hint?: string | undefined };
  readonly retry?: () => void;
}

/** An error with its hint and a button to retry. */
export const Notice = ({ problem, retry }: Props) => (
  <div class="notice" role="alert">
    <Icon name="warning" />
    <div class="notice-text">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint && <p>{problem.hint}</p>}
    </div>
    {retry && (
      <button type="button" class="button" onClick={retry}>
        {words.retry}
      </button>
    )}
  </div>
);

/** Grey lines as a placeholder for text that is loading. */
export const Waiting = ({ lines = 3 }: { lines?: number }) => (
  <div class="waiting" role="status" aria-label={words.loading}>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} class="waiting-line" />
    ))}
  </div>
);
