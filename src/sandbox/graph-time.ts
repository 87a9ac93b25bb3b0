/** A moment as the Graph API writes it: `2019-09-26T22:36:43+0000`. */
export const graphTime = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, '+0000');
