import { InterruptedError } from '../errors.ts';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Prompts on a terminal. Each throws {@link InterruptedError} if the user cancels. */
export interface Ask {
  choose<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** Returns at least one. */
  chooseSome<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T[]>;
  text(question: string, example?: string): Promise<string>;
  /** Cancelling means no. */
  confirm(question: string): Promise<boolean>;
  /** The input is hidden. */
  secret(question: string): Promise<string>;
}

/** Prompts on standard error, because standard output is for results. */
export function createAsk(signal: AbortSignal): Ask {
  const common = { output: process.stderr, signal };
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (typeof answer === 'symbol') throw new InterruptedError('Nothing was stored');
    return answer as Exclude<T, symbol>;
  };
  const prompts = () => {
    // Without a width the prompts would wrap at every letter; some terminals report none.
    process.stderr.columns ||= 80;
    return import('@clack/prompts');
  };
  const required = (text: string | undefined) => (text?.trim() ? undefined : 'Please enter a value (Ctrl-C cancels).');
  return {
    async choose(message, choices) {
      const { select } = await prompts();
      const options = choices.map((choice) => ({ ...choice }));
      return answered(await select<string>({ ...common, message, options })) as (typeof choices)[number]['value'];
    },
    async chooseSome(message, choices) {
      const { multiselect } = await prompts();
      const options = choices.map((choice) => ({ ...choice }));
      const initialValues = options.map(({ value }) => value as string);
      const chosen = await multiselect<string>({ ...common, message, options, initialValues, required: true });
      return answered(chosen) as (typeof choices)[number]['value'][];
    },
    async text(message, placeholder) {
      const { text } = await prompts();
      return answered(await text({ ...common, message, ...(placeholder ? { placeholder } : {}), validate: required }));
    },
    async confirm(message) {
      const { confirm } = await prompts();
      const answer = await confirm({ ...common, message, initialValue: false });
      return answer === true;
    },
    async secret(message) {
      const { password } = await prompts();
      return answered(await password({ ...common, message, validate: required }));
    },
  };
}
