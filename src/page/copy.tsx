import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { base } from './navigation.ts';
import { words } from './words/words.ts';

/** Copies a text to the clipboard, and confirms it briefly. */
export function Copy({ text, label = words.copy }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={isCopied ? words.copied : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : 'copy'} size={18} />
    </button>
  );
}

/** The command that checks files on disk, or downloads them again. */
export const verifyCommand = ({ repair = false } = {}) =>
  `storyline-cli verify-library${repair ? ' --repair' : ''}${base ? ' --sandbox' : ''}`;

/** A terminal command with a copy button. */
export const Command = ({ text }: { text: string }) => (
  <span class="command">
    <code>{text}</code>
    <Copy text={text} />
  </span>
);
