import type { Flavour } from '../app/sign-in/connect.ts';

/** The names of the two login methods. */
export const LOGINS: Readonly<Record<Flavour, string>> = { facebook: 'Facebook Login', instagram: 'Instagram Login' };

/** Shown before the user chooses a login method. */
export const WAYS = `There are two ways to sign in. Both need a professional account (Business or Creator):

  Instagram Login   you sign in to Instagram itself; no Facebook Page is needed. One account at a time.
                    The token is valid for 60 days. Any run in its last week renews it.
  Facebook Login    you sign in to Facebook, where your account is linked to a Page; several accounts together.
                    The Page's token does not expire. It also lists posts in which you are only a collaborator.

Not sure? Choose Instagram Login, unless your account is linked to a Facebook Page that you manage.
`;

/** One-time setup in Meta's developer dashboard. */
export const SET_UP: Readonly<Record<Flavour, string>> = {
  instagram: `One-time setup at https://developers.facebook.com/apps (step by step in docs/connect-instagram.md):

  1. Create an app, and add "Manage messaging & content on Instagram".
  2. Under "API setup with Instagram login" add your account as an Instagram tester, and accept in the Instagram app.
  3. There, under "Set up Instagram business login", register a redirect address: any https address of yours works.
  4. Copy the Instagram app id and secret (not those of the app's Basic settings).

  Permission requested: instagram_business_basic, to read the account and its posts.
`,
  facebook: `One-time setup at https://developers.facebook.com/apps (step by step in docs/connect-instagram.md):

  1. Create an app with the use case for Instagram by Facebook Login, and add yourself as its administrator.
  2. Link your professional account to a Facebook Page that you manage.
  3. Copy the app id and secret of the app's Basic settings.

  Permissions requested: instagram_basic, to read the account and its posts; pages_show_list, to find the Page that it is
  linked to; pages_read_engagement, which Facebook requires for reading the account's posts.
`,
};
