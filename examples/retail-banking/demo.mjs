/**
 * A retail bank's key estate, built and used: `npm run demo`, as often as you like.
 *
 * Takes KYOK_ENDPOINT and KYOK_API_KEY; without them the local development server and the key file it wrote.
 */
import { buildEstate } from './build.mjs';
import { clientOf, NotReady } from './client.mjs';
import { proveEstate } from './prove.mjs';
import { reportTo } from './report.mjs';
import { workWithEstate } from './use.mjs';

async function demo() {
  const client = clientOf(process.env);
  const { instance } = await client.request('query { instance { id version profile sealed } }');
  if (instance.sealed) throw new NotReady('The HSM of this server is sealed; bring its master key first: "kyok hsm unseal".');
  console.log(`kyok ${instance.version} at ${client.endpoint}, ${instance.profile} profile\n`);
  const report = reportTo((line) => console.log(line));
  const estate = await buildEstate(client, report);
  await workWithEstate(client, report, estate);
  await proveEstate(client, report, estate);
  console.log(`\nDone: ${report.summary()}. Run it again, or look around: npm run --silent kyok -- key list`);
}

try {
  await demo();
} catch (error) {
  console.error(error instanceof NotReady ? error.message : `The demo stopped: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
