import { UsageError } from '../../errors.ts';
import { flavourOf } from '../../instagram/graph/client.ts';
import { refuseOthers, whoseFolder } from '../../library/identity.ts';
import { WRITTEN_FOLDERS } from '../../library/paths.ts';
import { ownerOf } from '../../runs/lock-state.ts';
import type { App } from '../open.ts';
import { currentToken } from '../tokens/current.ts';
import type { StartRequest } from './request.ts';

/** Bytes that all downloads together may hold in memory: a picture is gathered whole, a video goes on in its partial file. */
const MEMORY_BUDGET = 8 * 1024 * 1024;

const FOLDER_HINT =
  'Set MEDIA_DIR to a folder that can be written. Folders in it must be real ones: links are not followed (a bind mount is fine).';

/** Account, token and folder of a run that is about to start. */
export type RunParts = Awaited<ReturnType<typeof prepare>>;

/**
 * Finds everything that a run needs; writes nothing, and locks nothing.
 *
 * @throws {UsageError} for an unknown account, a missing token, a wrong key, a folder that cannot be written.
 * @throws {TokenExpiredError}
 */
export async function prepare(app: App, request: StartRequest, signal: AbortSignal) {
  const { db, outside, runs } = app;
  const account = await app.accounts.choose(request.account);
  const token = await currentToken(app, account, signal);
  const flavour = flavourOf(token);
  if (request.collaborations && flavour === 'instagram') {
    throw new UsageError('Collaborations can only be listed with Facebook Login', {
      hint: 'Leave them out, or store a token that begins with EAA.',
    });
  }
  const id = runs.newId();
  const stores = app.stores.forWriter({ owner: ownerOf(id), memory: MEMORY_BUDGET, warn: outside.log.warn });
  const belonging = await whoseFolder({ db, store: stores.media });
  refuseOthers(belonging, { isRepair: request.damaged !== undefined });
  const problem = request.dryRun ? undefined : await stores.media.prepare(WRITTEN_FOLDERS);
  if (problem) throw new UsageError(problem, { hint: FOLDER_HINT });
  return { id, account, token, flavour, stores, belonging };
}
