/** The `source_type` and `category` of rows whose files this program downloaded. */
export const BACKFILL_SOURCE = 'instagram_backfill';
