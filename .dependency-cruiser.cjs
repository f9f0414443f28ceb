// The layering of docs/decisions and CONTRIBUTING.md, executable: `npm run check:layers`.

/** A package is only used inside one folder. */
const fence = (name, packages, folder) => ({
  name: `fence-${name}`,
  comment: `${packages} is used inside ${folder} only, so that it can be replaced there.`,
  severity: 'error',
  from: { path: '^src', pathNot: folder },
  to: { path: `(^|/)node_modules/(${packages})(/|$)` },
});

const implementations = 'src/(hsm|keystores|store|sinks)/(?!contract\\.ts)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-cycles-between-folders',
      comment: 'Types too: a folder that needs another is above it.',
      severity: 'error',
      from: { path: '^src/(domain|store|hsm|keystores|sinks)/' },
      to: { circular: true },
    },
    {
      name: 'domain-knows-nothing',
      comment: 'What a key estate is depends on no I/O, no transport and no clock.',
      severity: 'error',
      from: { path: '^src/domain' },
      to: { pathNot: ['^src/domain', '(^|/)node_modules/@noble/'] },
    },
    {
      name: 'files-know-nothing',
      comment: 'How a file is written whole: a leaf (docs/decisions/0014).',
      severity: 'error',
      from: { path: '^src/files/' },
      to: { pathNot: '^src/files/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'below-know-domain-only',
      comment: 'HSM, keystores, store and audit sinks see their own contract, the domain, and how files are written.',
      severity: 'error',
      from: { path: '^src/(hsm|keystores|store|sinks)/' },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/files/', '^src/$1/'] },
    },
    {
      name: 'services-see-contracts-only',
      comment: 'An operation works with every HSM, keystore type and store.',
      severity: 'error',
      from: { path: '^src/services' },
      to: { path: `^${implementations}` },
    },
    {
      name: 'services-know-no-face',
      severity: 'error',
      from: { path: '^src/services' },
      to: { path: '^src/(faces|cli|main|config|backup|server)' },
    },
    {
      name: 'faces-go-through-services',
      comment: 'Types too.',
      severity: 'error',
      from: { path: '^src/faces' },
      to: { path: '^src/(hsm|keystores|store|sinks|cli|main|config|backup|server)' },
    },
    {
      name: 'faces-do-not-mix',
      severity: 'error',
      from: { path: '^src/faces/([^/]+)/' },
      to: { path: '^src/faces/([^/]+)/', pathNot: ['^src/faces/$1/', '^src/faces/shared/'] },
    },
    {
      name: 'siblings-do-not-mix',
      comment: 'Keystore types, HSM engines and audit sinks know nothing of each other; hsm/units hosts the engines.',
      severity: 'error',
      from: { path: '^src/(keystores|hsm|sinks)/([^/]+)/', pathNot: '^src/hsm/units/' },
      to: { path: '^src/(keystores|hsm|sinks)/([^/]+)/', pathNot: '^src/$1/$2/' },
    },
    {
      name: 'clients-speak-graphql-only',
      comment: 'CLI, infrastructure as code and web UI are clients like any other; `kyok serve` and local administration start main.',
      severity: 'error',
      from: { path: '^(cdktf|ui|src/cli)/', pathNot: '^src/cli/(serve|admin|backup|doctor)\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/files/', '^src/cli/'] },
    },
    {
      name: 'local-commands-start-main-only',
      severity: 'error',
      from: { path: '^src/cli/(serve|admin|backup|doctor)\\.ts$' },
      to: {
        path: '^src/',
        pathNot: ['^src/domain/', '^src/files/', '^src/cli/', '^src/main\\.ts$', '^src/config\\.ts$', '^src/backup/(verify|restore)\\.ts$'],
      },
    },
    fence('typeorm', 'typeorm|sqlite3|pg', '^src/store/typeorm/'),
    fence('graphql', 'graphql|type-graphql|@apollo/[^/]+|graphql-[a-z-]+|@as-integrations/[^/]+', '^src/faces/graphql/'),
    fence('pkcs11', 'pkcs11js', '^src/hsm/pkcs11/'),
    fence('prometheus', 'prom-client', '^src/faces/metrics/'),
    fence('fastify', 'fastify|@fastify/[^/]+', '^src/faces/'),
    {
      name: 'not-to-dev-dependencies',
      comment: 'What runs in production is a dependency of production.',
      severity: 'error',
      from: { path: '^src/(?!faces/graphql/graphiql/)' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
