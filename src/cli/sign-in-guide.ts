import type { Flavour } from '../instagram/graph/client.ts';

/** The two ways in, as people know them. */
export const LOGINS: Readonly<Record<Flavour, string>> = { facebook: 'Facebook Login', instagram: 'Instagram Login' };

/** What a person reads before they choose a way in. */
export const WAYS = `There are two ways in, and both need a professional account (Business or Creator):

  Instagram Login   you sign in to Instagram itself; no Facebook Page is needed. One account at a time.
                    The token lives 60 days, and is refreshed by itself whenever the program runs in its last week.
  Facebook Login    you sign in to Facebook, where your account is linked to a Page; several accounts at once.
                    The Page's token does not expire. It also lists posts in which you only collaborate.

Not sure? Take Instagram Login, unless your account is linked to a Facebook Page that you manage.
`;

/** What is to be set up once in Meta's developer pages. */
export const SET_UP: Readonly<Record<Flavour, string>> = {
  instagram: `To be set up once at https://developers.facebook.com/apps (step by step in docs/connect-instagram.md):

  1. Create an app, and add "Manage messaging & content on Instagram".
  2. Under "API setup with Instagram login" add your account as an Instagram tester, and accept in the Instagram app.
  3. There, under "Set up Instagram business login", register a redirect address: any https address of yours will do.
  4. Copy the Instagram app id and secret (not those of the app's Basic settings).

  Permission asked for: instagram_business_basic, to read the account and its posts.
`,
  facebook: `To be set up once at https://developers.facebook.com/apps (step by step in docs/connect-instagram.md):

  1. Create an app with the use case for Instagram by Facebook Login, and add yourself as its administrator.
  2. Link your professional account to a Facebook Page that you manage.
  3. Copy the app id and secret of the app's Basic settings.

  Permissions asked for: instagram_basic, to read the account and its posts; pages_show_list, to find the Page that it is
  linked to; pages_read_engagement, without which Facebook does not let the account's posts be read.
`,
};
