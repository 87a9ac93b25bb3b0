import { InstagramApiError } from '../../errors.ts';

/** Required: no item can be downloaded without these. */
const NEEDED = ['id', 'media_type', 'media_url'];
/**
 * Optional: a kind of login or a version of the API may refuse some of these. `children` lists an album's items with the
 * page instead of with a call for each.
 */
const OF_POSTS = [
  'timestamp',
  'thumbnail_url',
  'caption',
  'permalink',
  'shortcode',
  'username',
  'media_product_type',
  'children',
  'alt_text',
  'like_count',
  'comments_count',
  'is_shared_to_feed',
];
/** Fields of children; their permalink and shortcode are not stored, so they are not requested. */
const OF_CHILDREN = ['timestamp', 'thumbnail_url', 'alt_text'];
const CHILD = 'children.';

/** A refused field is requested again after so many responses, and after `PATIENCE_GROWS` times as many each time it is refused again. */
const PATIENCE = 8;
const PATIENCE_GROWS = 4;
/** So many refused fields are searched for one by one; after that, all suspects are left out. */
const SEARCHES = 3;

/** The fields to request: all but those that Instagram refuses at the moment, separately for posts and children. */
export interface Fields {
  /**
   * Makes a request with as many fields as Instagram allows. A refusal may be temporary: the same request is repeated once
   * before a field is left out, and a left-out field is tried again some pages later.
   */
  ask<T>(what: 'posts' | 'children', request: (fields: string) => Promise<T>): Promise<T>;
  /** Fields that responses so far lack because Instagram refused them; those of children begin with `children.`. */
  refused(): readonly string[];
}

/** `children: false` for posts that cannot have children. */
export function createFields({ children }: { children: boolean }): Fields {
  const all = {
    posts: children ? [...OF_POSTS, ...OF_CHILDREN.map((name) => CHILD + name)] : without(OF_POSTS, ['children']),
    children: OF_CHILDREN.map((name) => CHILD + name),
  };
  const leftOut = new Map<string, { patience: number; until: number }>();
  const refused = new Set<string>();
  let answers = 0;

  const leaveOut = (names: readonly string[]) => {
    for (const name of names) {
      const before = leftOut.get(name);
      const patience = before ? before.patience * PATIENCE_GROWS : PATIENCE;
      leftOut.set(name, { patience, until: answers + patience });
    }
  };

  return {
    async ask(what, request) {
      const ask = (names: readonly string[]) => request(listOf(what, names));
      let names = all[what].filter((name) => answers >= (leftOut.get(name)?.until ?? 0));
      let isSecondTry = false;
      let searches = 0;
      for (;;) {
        try {
          const answer = await ask(names);
          answers += 1;
          for (const name of names) leftOut.delete(name);
          for (const name of without(all[what], names)) refused.add(name);
          return answer;
        } catch (error) {
          const suspects = suspectsOf(error, names);
          if (suspects.length === 0) throw error;
          const onTrial = suspects.filter((name) => leftOut.has(name));
          if (onTrial.length === 0 && !isSecondTry) {
            isSecondTry = true;
            continue;
          }
          searches += 1;
          const guilty =
            onTrial.length > 0
              ? onTrial
              : searches > SEARCHES
                ? suspects
                : [await findGuilty(ask, { names, suspects, error })];
          leaveOut(guilty);
          names = without(names, guilty);
        }
      }
    },
    // The children themselves are then listed by separate calls.
    refused: () => [...refused].filter((name) => name !== 'children'),
  };
}

interface Search {
  names: readonly string[];
  suspects: readonly string[];
  error: unknown;
}

/** Finds one refused field by binary search. @throws the refusal if it is not about any of them. */
async function findGuilty(
  ask: (names: readonly string[]) => Promise<unknown>,
  { names, suspects, error }: Search,
): Promise<string> {
  let good = without(names, suspects);
  let left = suspects;
  /** The refusal of these fields; undefined if they are accepted. */
  const refusalOf = async (tried: readonly string[]): Promise<unknown> => {
    try {
      await ask(tried);
      return undefined;
    } catch (refusal) {
      if (suspectsOf(refusal, names).length === 0) throw refusal;
      return refusal;
    }
  };
  // If Instagram names no field, the refusal may be about something else.
  const isNamed = suspects.length < names.length;
  if (!isNamed && (await refusalOf(good)) !== undefined) throw error;
  while (left.length > 1) {
    const half = left.slice(0, Math.ceil(left.length / 2));
    const tried = [...good, ...half];
    const refusal = await refusalOf(tried);
    if (refusal === undefined) {
      good = tried;
      left = left.slice(half.length);
    } else {
      const others = suspectsOf(refusal, tried);
      // Another field is refused too, by name.
      if (!others.some((name) => half.includes(name)))
        return findGuilty(ask, { names: tried, suspects: others, error: refusal });
      left = half;
    }
  }
  return left[0] as string;
}

/** Meta's codes for an invalid parameter, and for one that a version no longer has. */
const REFUSES_FIELDS = new Set([100, 12]);
const MISSING_OBJECT = 33;

/** The fields that an error may be about: those that it names, otherwise all; none if it is about something else. */
function suspectsOf(error: unknown, names: readonly string[]): readonly string[] {
  if (!(error instanceof InstagramApiError) || !REFUSES_FIELDS.has(error.code ?? 0)) return [];
  if (error.subcode === MISSING_OBJECT || /cursor/i.test(error.message)) return [];
  const named = names.filter((name) => new RegExp(`\\b${ownName(name)}\\b`).test(error.message));
  if (named.length > 0) return named;
  // It names a field that was not requested here.
  if (/field \(\w+\)/i.test(error.message)) return [];
  return /field/i.test(error.message) ? names : [];
}

const ownName = (name: string): string => (name.startsWith(CHILD) ? name.slice(CHILD.length) : name);

/** The `fields` parameter of a request. */
function listOf(what: 'posts' | 'children', names: readonly string[]): string {
  const ofChildren = [...NEEDED, ...names.filter((name) => name.startsWith(CHILD)).map(ownName)].join(',');
  if (what === 'children') return ofChildren;
  const own = names.filter((name) => !name.startsWith(CHILD));
  return [...NEEDED, ...own].map((name) => (name === 'children' ? `children{${ofChildren}}` : name)).join(',');
}

const without = (names: readonly string[], some: readonly string[]): string[] =>
  names.filter((name) => !some.includes(name));
