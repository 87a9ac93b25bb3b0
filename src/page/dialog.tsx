import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly class: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A dialog over the page, open for as long as it is there: the browser keeps the focus inside and gives it back. */
export function Dialog({ label, class: name, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const element = dialog.current;
    if (!element) return undefined;
    const before = document.activeElement;
    element.showModal();
    // The dialog itself, and not whichever button comes first in it.
    element.focus();
    const cancelled = (event: Event) => {
      if (event.target !== element) return;
      event.preventDefault();
      latest.current();
    };
    const clicked = (event: Event) => {
      if (event.target === element) latest.current();
    };
    element.addEventListener('cancel', cancelled);
    element.addEventListener('click', clicked);
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog ref={dialog} class={name} aria-label={label} tabIndex={-1}>
      {children}
    </dialog>
  );
}
