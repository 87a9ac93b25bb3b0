import { z } from '@hono/zod-openapi';
import { DAY, INSTAGRAM_ID, UUID } from './values.ts';

/** A calendar day in UTC. */
export const day = z
  .string()
  .regex(DAY, 'expected a day such as 2025-01-31')
  .refine((text) => {
    // zod calls this for text that does not match the pattern, too.
    const start = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(text);
  }, 'this day does not exist');

/** ISO 8601 in UTC. */
export const moment = z.iso.datetime();

export const uuid = z
  .string()
  .regex(UUID, 'expected a UUID')
  .transform((text) => text.toLowerCase());

export const instagramId = z.string().regex(INSTAGRAM_ID, 'expected digits only');

export const count = z.number().int().nonnegative();
