const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Numbers and moments as a language writes them; moments in the browser's own zone unless it says otherwise. */
export function createFormats(language: string) {
  const numbers = new Intl.NumberFormat(language);
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const months = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const monthNames = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
  const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const moments = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' });
  const shortMoments = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const utc = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' });
  const monthStart = (month: string) => new Date(`${month}-01T00:00:00Z`);
  const unit = (name: string, display: 'short' | 'narrow' | 'long', digits = 0) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: digits });

  return {
    number: (value: number) => numbers.format(value),
    compact: (value: number) => compact.format(value),
    /** Of a share between 0 and 1. */
    percent: (share: number) => percents.format(share),
    /** `2019-05` as May 2019. */
    month: (month: string) => months.format(monthStart(month)),
    /** `2019-05` as May. */
    monthName: (month: string) => monthNames.format(monthStart(month)),
    day: (moment: string) => days.format(new Date(moment)),
    moment: (moment: string) => moments.format(new Date(moment)),
    shortMoment: (moment: string) => shortMoments.format(new Date(moment)),
    utc: (moment: string) => `${utc.format(new Date(moment))} UTC`,
    bytes(bytes: number): string {
      const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
      const value = bytes / 1000 ** step;
      return unit(UNITS[step] ?? 'byte', 'short', step > 0 && value < 100 ? 1 : 0).format(value);
    },
    /** Seconds of a video as 0:09 or 1:02:03. */
    length(seconds: number): string {
      const whole = Math.max(0, Math.round(seconds));
      const two = (value: number) => String(value).padStart(2, '0');
      const minutes = Math.floor(whole / 60);
      const hours = Math.floor(minutes / 60);
      return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
    },
    /** Seconds of a wait or a run in its two largest units. */
    span(seconds: number): string {
      const whole = Math.max(0, Math.round(seconds));
      const parts: [string, number][] = [
        ['day', Math.floor(whole / 86_400)],
        ['hour', Math.floor(whole / 3600) % 24],
        ['minute', Math.floor(whole / 60) % 60],
        ['second', whole % 60],
      ];
      const first = Math.max(
        0,
        parts.findIndex(([, value]) => value > 0),
      );
      const told = parts.slice(first === 0 && whole === 0 ? 3 : first, first + 2).filter(([, value]) => value > 0);
      const shown: [string, number][] = told.length > 0 ? told : [['second', 0]];
      return shown.map(([name, value]) => unit(name, 'short').format(value)).join(' ');
    },
  };
}
