import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Notice } from './notice.tsx';
import { words } from './words/words.ts';

/** A part of the page that is fetched when it is first shown; `ahead` fetches it before. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>) {
  let found: ComponentType<P> | undefined;
  const fetchPart = async () => {
    found ??= await load();
  };
  function Part(props: P) {
    const [, again] = useState({});
    const [hasFailed, setFailed] = useState(false);
    const start = () => {
      setFailed(false);
      fetchPart().then(
        () => again({}),
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (!found) start();
    }, []);
    if (hasFailed)
      return <Notice problem={{ message: words.problem.part, hint: words.problem.offlineHint }} again={start} />;
    const Found = found;
    return Found ? <Found {...props} /> : null;
  }
  const ahead = () => void fetchPart().catch(() => undefined);
  return Object.assign(Part, { ahead });
}
