import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Notice } from './notice.tsx';
import { words } from './words/words.ts';

/** A component whose code is loaded when it is first shown; `preload` loads it earlier. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>) {
  let component: ComponentType<P> | undefined;
  const loadPart = async () => {
    component ??= await load();
  };
  function Part(props: P) {
    const [, rerender] = useState({});
    const [hasFailed, setFailed] = useState(false);
    const start = () => {
      setFailed(false);
      loadPart().then(
        () => rerender({}),
        () => setFailed(true),
      );
    };
    useEffect(() => {
      if (!component) start();
    }, []);
    if (hasFailed)
      return <Notice problem={{ message: words.problem.part, hint: words.problem.offlineHint }} retry={start} />;
    const Component = component;
    return Component ? <Component {...props} /> : null;
  }
  const preload = () => void loadPart().catch(() => undefined);
  return Object.assign(Part, { preload });
}
