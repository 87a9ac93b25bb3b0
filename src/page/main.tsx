import { render } from 'preact';
import { App } from './app.tsx';
import { postsFor } from './gallery/posts.ts';
import { address, base, followLinks } from './navigation.ts';
import { askWhoWeAre } from './session.ts';
import { language, words } from './words/words.ts';

document.documentElement.lang = language;
document.title = words.title(base ? words.sandbox : words.pages.gallery);

void askWhoWeAre();
const { place, query } = address.get();
// The posts are asked for before it is known who asks: mostly it is somebody who may.
if (place.page === 'gallery' || place.page === 'post') void postsFor(query).refresh();

followLinks();
const root = document.getElementById('page');
if (root) render(<App />, root);
