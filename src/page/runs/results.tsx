import type { Completeness, Forecast, Run } from '../../contract/runs.ts';
import { formats, words } from '../words/words.ts';

export type Figure = readonly [name: string, value: string];

export const Facts = ({ figures }: { figures: readonly Figure[] }) => (
  <dl class="figures">
    {figures.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** The figures of a result; uncommon counts are omitted if they are zero. */
export function resultFigures(result: NonNullable<Run['result']>, isDry: boolean): Figure[] {
  const { runs } = words;
  const uncommon: readonly (readonly [string, number])[] = [
    [runs.unsupported, result.skippedUnsupported],
    [runs.posters, result.posters],
    [runs.outside, result.outside],
    [runs.adopted, result.adopted],
  ];
  return [
    [isDry ? runs.wouldDownload : runs.downloaded, formats.number(result.downloaded)],
    [runs.known, formats.number(result.skippedDuplicate)],
    [runs.failedItems, formats.number(result.failed)],
    ...uncommon.filter(([, count]) => count > 0).map(([name, count]): Figure => [name, formats.number(count)]),
    [runs.total, formats.number(result.totalApiItems)],
    [runs.bytes, formats.bytes(result.bytes)],
    [runs.apiCalls, formats.number(result.apiCalls)],
    [runs.duration, formats.span(result.seconds)],
  ];
}

export function ForecastFacts({ forecast }: { forecast: Forecast }) {
  const { runs } = words;
  const { bytes, bytesLeast, bytesMost } = forecast;
  const orUnknown = (value: number | null, format: (value: number) => string) =>
    value === null ? words.unknown : format(value);
  const size =
    bytesLeast !== null && bytesMost !== null && bytesLeast !== bytesMost
      ? runs.between(formats.bytes(bytesLeast), formats.bytes(bytesMost))
      : orUnknown(bytes, formats.bytes);
  const figures: readonly Figure[] = [
    [runs.forecastFiles, formats.number(forecast.files)],
    [runs.forecastBytes, size],
    [runs.forecastDisk, orUnknown(forecast.diskBytes, formats.bytes)],
    [runs.forecastFree, orUnknown(forecast.freeBytes, formats.bytes)],
    [runs.forecastTime, orUnknown(forecast.seconds, formats.span)],
    [runs.apiCalls, formats.number(forecast.apiCalls)],
    ...(forecast.pauses ? [[runs.forecastPauses, formats.number(forecast.pauses)] as const] : []),
  ];
  return <Facts figures={figures} />;
}

export function CompletenessFacts({ completeness }: { completeness: Completeness }) {
  const { runs } = words;
  const { reported, listed, whole, partial, missing } = completeness;
  const lacking = Object.entries(completeness.lacking);
  return (
    <>
      <Facts
        figures={[
          [runs.reported, reported === null ? words.unknown : formats.number(reported)],
          [runs.listed, formats.number(listed)],
          [runs.whole, formats.number(whole)],
          [runs.partial, formats.number(partial)],
          [runs.missing, formats.number(missing)],
        ]}
      />
      {lacking.length > 0 && (
        <>
          <h3>{runs.lacking}</h3>
          <ul class="reasons">
            {lacking.map(([reason, count]) => (
              <li key={reason}>{`${reason}: ${formats.number(count)}`}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
