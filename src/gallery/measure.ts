import type { Database } from '../db/open.ts';
import { mp4Facts } from '../files/content/mp4-facts.ts';
import type { Stores } from '../files/stores.ts';
import type { Log } from '../lib/log.ts';
import { createSlots } from '../lib/slots.ts';
import { fileOfRow } from '../library/row-files.ts';
import { openSharp } from './open-sharp.ts';
import { contentOf, readBytes, readWhole } from './read-file.ts';

export interface Measure {
  /** Pixels, as displayed: rotation is applied. */
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

/** Files read in parallel. */
const CONCURRENCY = 4;
/** The limit of the database's columns. */
const MAX_INTEGER = 2 ** 31 - 1;
const NOTHING: Measure = { width: null, height: null, duration: null };

/** Measures files when they are first shown, and stores the result until their bytes change. */
export function createMeasures({ db, stores, log }: { db: Database; stores: Stores; log: Log }) {
  const slots = createSlots(() => CONCURRENCY);

  const load = async (files: readonly MeasuredFile[]): Promise<Map<string, Measure>> => {
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

  const save = async (found: readonly (readonly [MeasuredFile, Measure])[]): Promise<void> => {
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
        // Sorted, so that parallel writers cannot deadlock.
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
      // For example, a media item was removed in the meantime. The next request measures again.
      log.warn(`the sizes of ${rows.length} files could not be saved: ${String(error)}`);
    }
  };

  return {
    /** By the ids of the media items. All values are null for a missing or broken file. */
    async of(files: readonly MeasuredFile[]): Promise<ReadonlyMap<string, Measure>> {
      if (files.length === 0) return new Map();
      const measures = await load(files);
      const rest = [...new Map(files.map((file) => [file.id, file])).values()].filter(({ id }) => !measures.has(id));
      const found = await Promise.all(rest.map(async (file) => [file, await measured(file)] as const));
      for (const [{ id }, one] of found) measures.set(id, one ?? NOTHING);
      await save(found.flatMap(([file, one]) => (one ? [[file, one] as const] : [])));
      return measures;
    },
  };
}

/** @throws if the file cannot be read or decoded. */
async function measure(stores: Stores, { filePath, mimeType }: MeasuredFile): Promise<Measure | undefined> {
  const file = fileOfRow(stores, { source_type: 'local', file_path: filePath });
  const info = await file.store.stat(file.key);
  const type = info && (await contentOf(file, mimeType));
  if (!type) return undefined;
  if (type.kind === 'video') {
    const facts = await mp4Facts((start, length) => readBytes(file, start, length), info.size);
    if (!facts) return undefined;
    // Milliseconds, as in the database.
    const milliseconds = Math.round((facts.duration ?? 0) * 1000);
    const isValid = milliseconds > 0 && milliseconds <= MAX_INTEGER;
    const { width = null, height = null } = facts;
    return { width, height, duration: isValid ? milliseconds / 1000 : null };
  }
  const sharp = await openSharp();
  const { autoOrient } = await sharp(await readWhole(file), { failOn: 'error' }).metadata();
  return { width: autoOrient.width, height: autoOrient.height, duration: null };
}
