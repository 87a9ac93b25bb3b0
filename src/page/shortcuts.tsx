import { useEffect } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { words } from './words/words.ts';

const { keys } = words.shortcuts;
const LIST: readonly (readonly [readonly string[], string])[] = [
  [['←', '→', '↑', '↓'], words.shortcuts.arrows],
  [[keys.enter], words.shortcuts.enter],
  [[keys.escape], words.shortcuts.escape],
  [['/'], words.shortcuts.search],
  [['x'], words.shortcuts.select],
  [[keys.shiftClick], words.shortcuts.range],
  [['←', '→'], words.shortcuts.album],
  [['?'], words.shortcuts.help],
];

/** Whether a key event comes from an input field. */
export const isTyping = (event: Event) =>
  event.target instanceof HTMLElement && event.target.matches('input:not([type=checkbox]), select, textarea');

export function Shortcuts({ isOpen, setOpen }: { isOpen: boolean; setOpen: (isOpen: boolean) => void }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '?' || isTyping(event) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      setOpen(true);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog label={words.shortcuts.title} class="sheet" close={() => setOpen(false)}>
      <div class="sheet-inside">
        <div class="sheet-head">
          <h2>{words.shortcuts.title}</h2>
          <button type="button" class="icon-button" aria-label={words.close} onClick={() => setOpen(false)}>
            <Icon name="close" />
          </button>
        </div>
        <dl class="shortcuts">
          {LIST.map(([pressed, meaning]) => (
            <div key={meaning}>
              <dt>
                {pressed.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
