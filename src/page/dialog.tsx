import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly class: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog, open as long as it is rendered. Returns the focus when it closes. */
export function Dialog({ label, class: name, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const element = dialog.current;
    if (!element) return undefined;
    const before = document.activeElement;
    element.showModal();
    // Focus the dialog instead of its first button.
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
