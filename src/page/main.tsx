import { render } from 'preact';
import { App } from './app.tsx';
import { postsFor } from './gallery/posts.ts';
import { address, base, followLinks } from './navigation.ts';
import { loadSession } from './session.ts';
import { language, words } from './words/words.ts';

document.documentElement.lang = language;
document.title = words.title(base ? words.sandbox : words.pages.gallery);

void loadSession();
const { route, query } = address.get();
// Requests the posts without waiting for the session, because the user is usually logged in.
if (route.page === 'gallery' || route.page === 'post') void postsFor(query).refresh();

followLinks();
const root = document.getElementById('page');
if (root) render(<App />, root);
