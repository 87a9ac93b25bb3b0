const MOST_LETTERS = 150;

/** A file name that every system takes, and that leads nowhere: made of the last part of what is given. */
export function safeName(text: string): string {
  const last = text.split(/[/\\]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const clean = last.replace(/[\x00-\x1f\x7f<>:"|?*]|\p{Surrogate}/gu, '_').replace(/^[. ]+|[. ]+$/g, '');
  const letters = [...clean];
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(clean)?.[0] ?? '';
  const short =
    letters.length > MOST_LETTERS ? letters.slice(0, MOST_LETTERS - extension.length).join('') + extension : clean;
  return /^(con|prn|aux|nul|com\d|lpt\d)?(\.|$)/i.test(short) ? `_${short}` : short;
}

/** The name, or the first like it that is not taken; from then on it is. Case makes no difference. */
export function untaken(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let free = name;
  for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem}-${count}${extension}`;
  taken.add(free.toLowerCase());
  return free;
}
