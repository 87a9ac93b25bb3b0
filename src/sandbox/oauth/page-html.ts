import type { Flavour } from '../faults.ts';
import type { AuthorizeRequest } from './authorize-request.ts';

interface PageInput {
  readonly request: AuthorizeRequest;
  /** Who can be signed in as; more than one at Instagram Login alone. */
  readonly usernames: readonly { readonly id: string; readonly username: string }[];
  /** Not ticked when the page is shown. */
  readonly unticked: readonly string[];
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value: string) => value.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

const NAMES: Readonly<Record<Flavour, string>> = { facebook: 'Facebook', instagram: 'Instagram' };

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}
label{display:block}button{font:inherit;padding:.4rem 1.2rem;margin:1rem .5rem 0 0}small{color:#666}</style></head>
<body>
${body}
<p><small>This is the sandbox, not Meta. Nothing leaves this machine.</small></p>
</body>
</html>
`;

/** The page on which a person lets an app in: a form that posts to its own address. */
export function authorizePage({ request, usernames, unticked }: PageInput): string {
  const { app, flavour, scopes } = request;
  const ticks = scopes.map((scope) => {
    const ticked = unticked.includes(scope) ? '' : ' checked';
    const fixed = scope === 'public_profile' ? ' disabled' : '';
    return `<label><input type="checkbox" name="grant" value="${text(scope)}"${ticked}${fixed}> ${text(scope)}</label>`;
  });
  const choices = usernames.map(
    ({ id, username }, place) =>
      `<label><input type="radio" name="account" value="${text(id)}"${place === 0 ? ' checked' : ''}> @${text(username)}</label>`,
  );
  return page(
    `Log in with ${NAMES[flavour]}`,
    `<h1>${text(app.name)} asks for access</h1>
<form method="post">
<input type="hidden" name="ticks" value="shown">
${flavour === 'instagram' ? `<p>Continue as:</p>\n${choices.join('\n')}` : ''}
<p>It will be able to use:</p>
${ticks.join('\n')}
<button name="decision" value="continue">Continue</button>
<button name="decision" value="cancel">Cancel</button>
</form>`,
  );
}

export const errorPage = (title: string, message: string): string =>
  page(title, `<h1>${text(title)}</h1>\n<p>${text(message)}</p>`);
