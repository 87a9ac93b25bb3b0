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
  const [isInLine, setInLine] = useState(false);
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
      await logInPatiently(password, () => setInLine(true));
      void postsFor(address.get().query).refresh();
    } catch (error) {
      setProblem(problemOf(error));
      setChecking(false);
      field.current?.select();
    } finally {
      setInLine(false);
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
          {isInLine ? words.login.inLine : problem?.message}
        </p>
        <button type="submit" class="button button-main" disabled={isChecking}>
          {isChecking ? words.login.checking : words.login.enter}
        </button>
      </form>
    </main>
  );
}

/** Minutes after which nobody is thought to be waiting here any more. */
const PATIENCE = 10;

/** After many wrong passwords each one waits for its turn: the same one is sent again until it has been looked at. */
async function logInPatiently(password: string, inLine: () => void): Promise<void> {
  const end = Date.now() + PATIENCE * 60_000;
  while (true) {
    try {
      return await logIn(password);
    } catch (error) {
      const { status, retryAfter } = problemOf(error);
      if (status !== 429 || retryAfter === undefined || Date.now() > end) throw error;
      inLine();
      await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
    }
  }
}
