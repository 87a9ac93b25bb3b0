export type CaptionPart = string | { readonly hashtag: string };

/** Splits a caption into text and hashtags. A `#` inside a word or URL, or before digits only, is not a hashtag. */
export function captionParts(caption: string): CaptionPart[] {
  const parts: CaptionPart[] = [];
  let plain = '';
  let end = 0;
  for (const found of caption.matchAll(
    /(?<![\p{L}\p{N}\p{M}_&/])#([\p{L}\p{N}\p{M}_]{1,100})(?![\p{L}\p{N}\p{M}_])/gu,
  )) {
    const [whole, hashtag = ''] = found;
    if (/^\p{N}+$/u.test(hashtag)) continue;
    plain += caption.slice(end, found.index);
    if (plain) parts.push(plain);
    plain = '';
    parts.push({ hashtag });
    end = found.index + whole.length;
  }
  plain += caption.slice(end);
  if (plain) parts.push(plain);
  return parts;
}
