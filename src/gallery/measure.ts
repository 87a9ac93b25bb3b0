import type { Database } from '../db/open.ts';
import { mp4Facts } from '../files/content/mp4-facts.ts';
import type { Stores } from '../files/stores.ts';
import type { Log } from '../lib/log.ts';
import { createSlots } from '../lib/slots.ts';
import { fileOfRow } from '../library/row-files.ts';
import { openSharp } from './open-sharp.ts';
import { contentOf, readBytes, readWhole } from './read-file.ts';

export interface Measure {
  /** Pixels, as shown: what lies on its side is turned upright first. */
  readonly width: number | null;
  readonly height: number | null;
  /** Seconds. */
  readonly duration: number | null;
}

export interface MeasuredFile {
  readonly id: string;
  readonly filePath: string;
  readonly fileHash: string;
  readonly mimeType: string | undefined;
}

export type Measures = ReturnType<typeof createMeasures>;

/** Files read at once. */
const AT_ONCE = 4;
/** What the database's columns hold. */
const MOST = 2 ** 31 - 1;
const NOTHING: Measure = { width: null, height: null, duration: null };

/** Measures the library's files when they are first asked for, and remembers it for as long as their bytes are the same. */
export function createMeasures({ db, stores, log }: { db: Database; stores: Stores; log: Log }) {
  const slots = createSlots(() => AT_ONCE);

  const known = async (files: readonly MeasuredFile[]): Promise<Map<string, Measure>> => {
    const ids = files.map(({ id }) => id);
    const rows = await db.query.selectFrom('media_measures').selectAll().where('media_item_id', 'in', ids).execute();
    const hashes = new Map(files.map(({ id, fileHash }) => [id, fileHash]));
    return new Map(
      rows
        .filter((row) => hashes.get(row.media_item_id) === row.file_hash)
        .map((row) => [
          row.media_item_id,
          {
            width: row.width,
            height: row.height,
            duration: row.duration_ms === null ? null : row.duration_ms / 1000,
          },
        ]),
    );
  };

  const measured = async (file: MeasuredFile): Promise<Measure | undefined> => {
    await slots.enter();
    try {
      return await measure(stores, file);
    } catch (error) {
      log.debug(`the file of media item ${file.id} cannot be measured: ${String(error)}`);
      return undefined;
    } finally {
      slots.leave();
    }
  };

  const remember = async (found: readonly (readonly [MeasuredFile, Measure])[]): Promise<void> => {
    if (found.length === 0) return;
    const rows = found.map(([{ id, fileHash }, { width, height, duration }]) => ({
      media_item_id: id,
      file_hash: fileHash,
      width,
      height,
      duration_ms: duration === null ? null : Math.round(duration * 1000),
    }));
    try {
      await db.query
        .insertInto('media_measures')
        // In one order for all, so that two who do this at once wait for each other once only.
        .values(rows.toSorted((one, other) => (one.media_item_id < other.media_item_id ? -1 : 1)))
        .onConflict((conflict) =>
          conflict.column('media_item_id').doUpdateSet((row) => ({
            file_hash: row.ref('excluded.file_hash'),
            width: row.ref('excluded.width'),
            height: row.ref('excluded.height'),
            duration_ms: row.ref('excluded.duration_ms'),
          })),
        )
        .execute();
    } catch (error) {
      // As where a media item was removed meanwhile: whoever looks next measures again.
      log.warn(`what was measured of ${rows.length} files is not remembered: ${String(error)}`);
    }
  };

  return {
    /** The measures of these files, by their media items' ids; nothing is known of a file that is missing or broken. */
    async of(files: readonly MeasuredFile[]): Promise<ReadonlyMap<string, Measure>> {
      if (files.length === 0) return new Map();
      const measures = await known(files);
      const rest = [...new Map(files.map((file) => [file.id, file])).values()].filter(({ id }) => !measures.has(id));
      const found = await Promise.all(rest.map(async (file) => [file, await measured(file)] as const));
      for (const [{ id }, one] of found) measures.set(id, one ?? NOTHING);
      await remember(found.flatMap(([file, one]) => (one ? [[file, one] as const] : [])));
      return measures;
    },
  };
}

/** @throws what reading the file, or making sense of it, throws. */
async function measure(stores: Stores, { filePath, mimeType }: MeasuredFile): Promise<Measure | undefined> {
  const file = fileOfRow(stores, { source_type: 'local', file_path: filePath });
  const info = await file.store.stat(file.key);
  const type = info && (await contentOf(file, mimeType));
  if (!type) return undefined;
  if (type.kind === 'video') {
    const facts = await mp4Facts((start, length) => readBytes(file, start, length), info.size);
    if (!facts) return undefined;
    // To the millisecond, as it is remembered.
    const milliseconds = Math.round((facts.duration ?? 0) * 1000);
    const isSound = milliseconds > 0 && milliseconds <= MOST;
    const { width = null, height = null } = facts;
    return { width, height, duration: isSound ? milliseconds / 1000 : null };
  }
  const sharp = await openSharp();
  const { autoOrient } = await sharp(await readWhole(file), { failOn: 'error' }).metadata();
  return { width: autoOrient.width, height: autoOrient.height, duration: null };
}
