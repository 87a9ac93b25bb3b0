import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, problemOf } from './api.ts';
import { postsFor } from './gallery/posts.ts';
import { Logo } from './icons.tsx';
import { address } from './navigation.ts';
import { logIn } from './session.ts';
import { formats, words } from './words/words.ts';

export function Login() {
  const field = useRef<HTMLInputElement>(null);
  const [isChecking, setChecking] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const wait = useCountdown(problem);
  useEffect(() => {
    document.title = words.title(words.login.title);
    field.current?.focus();
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const password = field.current?.value ?? '';
    if (password === '' || isChecking) return field.current?.focus();
    setChecking(true);
    try {
      await logIn(password);
      void postsFor(address.get().query).refresh();
    } catch (error) {
      setProblem(problemOf(error));
      setChecking(false);
      field.current?.select();
    }
  }

  const text = wait > 0 ? words.login.throttled(formats.span(wait)) : problem?.message;
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
          {text}
        </p>
        <button type="submit" class="button button-main" disabled={isChecking || wait > 0}>
          {isChecking ? words.login.checking : words.login.enter}
        </button>
      </form>
    </main>
  );
}

/** Seconds until it may be tried again. */
function useCountdown(problem: ApiError | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const end = Date.now() + (problem?.retryAfter ?? 0) * 1000;
    const look = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
