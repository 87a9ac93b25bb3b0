/** An app as its owner registered it with Meta. */
export interface SandboxApp {
  readonly id: string;
  readonly secret: string;
  /** As the authorise page shows it. */
  readonly name: string;
  /** Where its authorise page may lead back to. `*` stands for any text without `?` and `#`. */
  readonly redirectUris: readonly string[];
}

/** Facebook Login and Instagram Login have an app id and a secret each, also where they belong to one app. */
export interface SandboxApps {
  readonly facebook: SandboxApp;
  readonly instagram: SandboxApp;
}

export interface AppOptions {
  readonly facebook?: Partial<SandboxApp>;
  readonly instagram?: Partial<SandboxApp>;
}

const LOOPBACK = ['localhost', '127.0.0.1'].flatMap((host) =>
  ['http', 'https'].flatMap((scheme) => [`${scheme}://${host}/*`, `${scheme}://${host}:*/*`]),
);

/** The apps, the same at every start; by default any loopback address is registered, and one public one. */
export function appsOf({ facebook, instagram }: AppOptions = {}): SandboxApps {
  const redirectUris = [...LOOPBACK, 'https://storyline.example/*'];
  return {
    facebook: {
      id: '1000000000000001',
      secret: '5a9db0c5f1e24c7f8f1d2b3c4d5e6f70',
      name: 'Sandbox',
      redirectUris,
      ...facebook,
    },
    instagram: {
      id: '2000000000000002',
      secret: '0f6e5d4c3b2a19f8e7d6c5b4a3928170',
      name: 'Sandbox',
      redirectUris,
      ...instagram,
    },
  };
}

/** Whether the authorise page may lead there: Meta compares the whole address, letter by letter. */
export function isRegistered({ redirectUris }: SandboxApp, address: string, httpsOnly: boolean): boolean {
  if (httpsOnly && !address.startsWith('https://')) return false;
  return redirectUris.some((registered) => patternOf(registered).test(address));
}

const patternOf = (registered: string) =>
  new RegExp(
    `^${registered
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^?#]*')}$`,
  );
