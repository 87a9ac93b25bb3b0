/** One field of `fields=…`: its modifiers (`.limit(5)`) and what is asked of the objects behind it (`{…}`). */
export interface Field {
  readonly name: string;
  readonly modifiers: Readonly<Record<string, string>>;
  readonly fields?: readonly Field[];
}

/** Reads `id,children.limit(20){id,owner{id}}`; a SyntaxError says what stands where it should not. */
export function parseFields(source: string): Field[] {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at += found[0].length;
    return found;
  };
  const expect = (pattern: RegExp) => {
    const found = take(pattern);
    if (!found) throw new SyntaxError(`Syntax error "Expected name or '}' at character ${at}" in: ${source}`);
    return found;
  };

  const list = (): Field[] => {
    const fields = [field()];
    while (take(/\s*,\s*/y)) fields.push(field());
    return fields;
  };
  const field = (): Field => {
    const name = expect(/\s*([A-Za-z_]\w*)\s*/y)[1] ?? '';
    const modifiers: Record<string, string> = {};
    for (let found = take(/\.(\w+)\(([^)]*)\)/y); found; found = take(/\.(\w+)\(([^)]*)\)/y))
      modifiers[found[1] ?? ''] = found[2] ?? '';
    if (!take(/\s*\{/y)) return { name, modifiers };
    const fields = list();
    expect(/\s*\}\s*/y);
    return { name, modifiers, fields };
  };

  if (source.trim() === '') return [];
  const fields = list();
  if (at < source.length) expect(/$/y);
  return fields;
}
