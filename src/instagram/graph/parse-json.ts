/** A number outside a text that JavaScript may not hold exactly, or that has an exponent. Only a hint: texts match too. */
const MAY_BE_LARGE = /(?:^|[:[,\s])-?(?:\d{16,}|\d+(?:\.\d+)?[eE])/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** More digits than any id has: what is larger stays a number. */
const LONGEST_ID = 40;

/**
 * Reads JSON of Meta's. An integer beyond 2^53 comes as its digits, a text: ids are such numbers, and as a number another
 * account would be meant. Nothing for what is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    const plain: unknown = JSON.parse(text);
    return MAY_BE_LARGE.test(text) ? JSON.parse(quoteLargeIntegers(text)) : plain;
  } catch {
    return undefined;
  }
}

/** Of sound JSON: puts quotes around the integers that a number cannot hold; texts are left alone. */
function quoteLargeIntegers(json: string): string {
  const parts: string[] = [];
  let from = 0;
  while (from < json.length) {
    const quote = json.indexOf('"', from);
    const outside = quote < 0 ? json.length : quote;
    parts.push(json.slice(from, outside).replace(NUMBER, quoteIfLarge));
    from = quote < 0 ? json.length : endOfText(json, quote);
    parts.push(json.slice(outside, from));
  }
  return parts.join('');
}

/** Behind the closing quote of the text that begins at `start`: one with an odd number of backslashes before it does not close. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end - 1;
    while (json[before] === '\\') before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
  }
  return json.length;
}

function quoteIfLarge(number: string): string {
  const value = Number(number);
  if (Number.isSafeInteger(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return number;
  const digits = integerDigits(number);
  return digits === undefined ? number : `"${digits}"`;
}

/** `1.7841400000000001e16` as `17841400000000001`; nothing for what is no integer, or longer than an id. */
function integerDigits(number: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const shift = Number(exponent);
  if (!(Math.abs(shift) <= LONGEST_ID)) return undefined;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const left = digits
    .padEnd(point, '0')
    .slice(0, Math.max(0, point))
    .replace(/^0+(?=\d)/, '');
  const isInteger = point >= digits.length || /^0*$/.test(digits.slice(Math.max(0, point)));
  return isInteger && left.length > 0 && left.length <= LONGEST_ID ? sign + left : undefined;
}
