import { beyondReach, type Completeness } from '../backfill/completeness.ts';
import { plural } from '../lib/format.ts';

/** How much of the feed is in the library: `1,243 posts on Instagram · 1,242 complete · 1 incomplete (1 item withheld)`. */
export function completenessLine(completeness: Completeness): string {
  const { reported, listed, whole, partial, missing, lacking, unlisted: noLongerListed = 0 } = completeness;
  const beyond = beyondReach(completeness);
  const unlisted = Math.max(0, (reported ?? listed) - listed) - beyond;
  const reasons = Object.entries(lacking)
    .toSorted(([reason, count], [otherReason, other]) => other - count || (reason < otherReason ? -1 : 1))
    .map(([reason, count]) => `${plural(count, 'item')} ${reason}`);
  const short = [
    ...(partial > 0 ? [`${number(partial)} incomplete`] : []),
    ...(missing > 0 ? [`${number(missing)} missing`] : []),
  ];
  return [
    `${plural(reported ?? listed, 'post')} on Instagram`,
    `${number(whole)} complete`,
    ...(short.length > 0 ? [`${short.join(', ')} (${reasons.join(', ')})`] : []),
    ...(unlisted > 0 ? [`${number(unlisted)} counted but not listed`] : []),
    ...(beyond > 0 ? [`${number(beyond)} older than the newest ${number(listed)}, the most that Instagram lists`] : []),
    ...(noLongerListed > 0
      ? [`${number(noLongerListed)} more in the library that Instagram no longer lists (files not checked)`]
      : []),
  ].join(' · ');
}

const number = (count: number): string => count.toLocaleString('en');
