import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly note: string;
  readonly isOn: boolean;
  readonly isOff?: boolean;
  readonly set: (isOn: boolean) => void;
}

/** A yes or no with a word about it; where it cannot be chosen, the note says why. */
export function Tick({ label, note, isOn, isOff = false, set }: Props) {
  const id = useId();
  return (
    <div class="tick-row">
      <label class="tick-field">
        <input
          type="checkbox"
          checked={isOn}
          disabled={isOff}
          aria-describedby={id}
          onChange={(event) => set(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      <span id={id} class="note">
        {note}
      </span>
    </div>
  );
}
