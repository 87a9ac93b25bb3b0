/** A number that JavaScript may not hold exactly, or that has an exponent. Only a hint: it also matches inside strings. */
const MAY_BE_LARGE = /(?:^|[:[,\s])-?(?:\d{16,}|\d+(?:\.\d+)?[eE])/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** More digits than any id has: larger values stay numbers. */
const LONGEST_ID = 40;

/**
 * Parses JSON from Meta; undefined if it is not JSON. Integers beyond 2^53 become strings of their digits: ids are such
 * numbers, and rounding one would turn it into the id of another account.
 */
export function parseJson(text: string): unknown {
  try {
    const plain: unknown = JSON.parse(text);
    return MAY_BE_LARGE.test(text) ? JSON.parse(quoteLargeIntegers(text)) : plain;
  } catch {
    return undefined;
  }
}

/** Puts quotes around the integers of valid JSON that a number cannot hold; leaves strings alone. */
function quoteLargeIntegers(json: string): string {
  const parts: string[] = [];
  let from = 0;
  while (from < json.length) {
    const quote = json.indexOf('"', from);
    const outside = quote < 0 ? json.length : quote;
    parts.push(json.slice(from, outside).replace(NUMBER, quoteIfLarge));
    from = quote < 0 ? json.length : endOfString(json, quote);
    parts.push(json.slice(outside, from));
  }
  return parts.join('');
}

/** The position after the closing quote of the string that begins at `start`: an odd number of backslashes escapes a quote. */
function endOfString(json: string, start: number): number {
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

/** `1.7841400000000001e16` as `17841400000000001`; undefined for a fraction, or a number longer than an id. */
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
