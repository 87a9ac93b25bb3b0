/** The first wanted language that is spoken, and English where none is. */
export function pickLanguage(wanted: readonly string[], spoken: readonly string[]) {
  for (const locale of wanted) {
    const language = locale.toLowerCase().split('-')[0] ?? '';
    if (spoken.includes(language)) return { language, locale };
  }
  return { language: 'en', locale: 'en' };
}
