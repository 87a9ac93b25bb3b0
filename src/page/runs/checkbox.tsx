import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly note: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly set: (isOn: boolean) => void;
}

/** A checkbox with a note; if it is disabled, the note says why. */
export function Checkbox({ label, note, isOn, isDisabled = false, set }: Props) {
  const id = useId();
  return (
    <div class="tick-row">
      <label class="tick-field">
        <input
          type="checkbox"
          checked={isOn}
          disabled={isDisabled}
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
