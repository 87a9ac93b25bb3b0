// A software bill of materials (CycloneDX 1.6): what scanners must know of a bundle whose packages npm does not install.

/** `folders`: the bundled packages. `lock`: package-lock.json. The same input always gives the same text. */
export function createSbom(folders, lock) {
  const { packages } = lock;
  const project = packages[''];
  const paths = [...new Set([...folders, ...installed()])];
  const isListed = new Set(paths);
  const root = purlOf('node_modules/storyline', project);
  const components = new Map(paths.map((path) => [purlOf(path, packages[path]), component(path)]));
  const graph = new Map(
    paths.map((path) => [purlOf(path, packages[path]), dependenciesOf(path).filter((one) => isListed.has(one))]),
  );
  const refs = (list) => [...new Set(list.map((path) => purlOf(path, packages[path])))].sort();

  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: {
          'bom-ref': root,
          type: 'application',
          name: project.name,
          version: project.version,
          purl: root,
          licenses: [licence(project.license)],
        },
      },
      components: [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
      dependencies: [
        {
          ref: root,
          dependsOn: refs([...folders, ...Object.keys(project.dependencies).map((name) => find(name, ''))]),
        },
        ...[...graph].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ref, list]) => ({ ref, dependsOn: refs(list) })),
      ],
    },
    null,
    2,
  )}\n`;

  /** What npm installs with the program. */
  function installed() {
    const found = new Set(Object.keys(project.dependencies).map((name) => find(name, '')));
    // A set's loop visits what is added meanwhile.
    for (const path of found) for (const next of dependenciesOf(path)) found.add(next);
    return found;
  }

  function dependenciesOf(path) {
    const { dependencies, optionalDependencies } = packages[path];
    return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => find(name, path) ?? []);
  }

  /** Where Node finds a package from within another. */
  function find(name, from) {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      const path = `${at}${at ? '/' : ''}node_modules/${name}`;
      if (packages[path]) return path;
      if (!at) return undefined;
    }
  }

  function component(path) {
    const { version, license, integrity, optional } = packages[path];
    const purl = purlOf(path, packages[path]);
    const [algorithm, hash] = integrity.split('-');
    return {
      'bom-ref': purl,
      type: 'library',
      name: nameOf(path),
      version,
      scope: optional ? 'optional' : 'required',
      hashes: [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(hash, 'base64').toString('hex') }],
      licenses: [licence(license)],
      purl,
      properties: [{ name: 'storyline:bundled', value: String(folders.includes(path)) }],
    };
  }
}

const nameOf = (path) => path.split('node_modules/').at(-1);

const purlOf = (path, { version }) => `pkg:npm/${nameOf(path).replace('@', '%40')}@${version}`;

const licence = (spdx) => (/ (AND|OR|WITH) /.test(spdx) ? { expression: spdx } : { license: { id: spdx } });
