import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, problemOf } from './api.ts';
import { postsFor } from './gallery/posts.ts';
import { Logo } from './icons.tsx';
import { address } from './navigation.ts';
import { logIn } from './session.ts';
import { words } from './words/words.ts';

export function Login() {
  const field = useRef<HTMLInputElement>(null);
  const [isChecking, setChecking] = useState(false);
  const [isQueued, setQueued] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  useEffect(() => {
    document.title = words.title(words.login.title);
    field.current?.focus();
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const password = field.current?.value ?? '';
    if (password === '' || isChecking) return field.current?.focus();
    setChecking(true);
    setProblem(undefined);
    try {
      await logInWithRetry(password, () => setQueued(true));
      void postsFor(address.get().query).refresh();
    } catch (error) {
      setProblem(problemOf(error));
      setChecking(false);
      field.current?.select();
    } finally {
      setQueued(false);
    }
  }

  return (
    <main class="alone login">
      <form onSubmit={(event) => void submit(event)}>
        <p class="wordmark">
          <Logo />
          <span class="wordmark-text">Storyline</span>
        </p>
        <h1>{words.login.title}</h1>
        <p class="quiet">{words.login.text}</p>
        <label class="field">
          <span>{words.login.password}</span>
          <input
            ref={field}
            type="password"
            name="password"
            autocomplete="current-password"
            required
            maxLength={1000}
            aria-invalid={problem !== undefined}
            aria-describedby="login-problem"
          />
        </label>
        <p id="login-problem" class="field-problem" role="alert">
          {isQueued ? words.login.queued : problem?.message}
        </p>
        <button type="submit" class="button button-main" disabled={isChecking}>
          {isChecking ? words.login.checking : words.login.enter}
        </button>
      </form>
    </main>
  );
}

/** Minutes after which to give up waiting. */
const MAX_WAIT = 10;

/** After many wrong passwords each one is queued by the server: sends the same one again until it has been checked. */
async function logInWithRetry(password: string, onQueued: () => void): Promise<void> {
  const end = Date.now() + MAX_WAIT * 60_000;
  while (true) {
    try {
      return await logIn(password);
    } catch (error) {
      const { status, retryAfter } = problemOf(error);
      if (status !== 429 || retryAfter === undefined || Date.now() > end) throw error;
      onQueued();
      await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
    }
  }
}
