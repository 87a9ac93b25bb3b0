/** A sandbox with a thousand mixed posts, a quarter of them albums, in a process of its own; says where it is. */
import { generatePosts } from '../src/sandbox/feed.ts';
import { startSandbox } from '../src/sandbox/server.ts';

const sandbox = await startSandbox({ posts: generatePosts({ count: 1000, albumShare: 0.25, seed: 1 }) });
// Files are drawn when they are first asked for: that is no part of what is measured.
const items = sandbox.expectedItems();
const bytes = items.reduce((sum, { size, sha256 }) => sum + (sha256 ? size : 0), 0);
const { account, tokens, facebookBaseUrl, instagramBaseUrl, mediaHost } = sandbox;
process.send?.({ account, tokens, facebookBaseUrl, instagramBaseUrl, mediaHost, items: items.length, bytes });
process.on('disconnect', () => process.exit());
