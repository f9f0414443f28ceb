import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../programs.js';
import { start, type TestServer } from './start.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const executablePath = process.env.KYOK_TEST_CHROMIUM ?? '/usr/bin/chromium';

describeWith('Chromium', existsSync(executablePath), 'GraphiQL in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await start();
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('is signed in by the link, runs an example, and asks nobody else', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));

    await page.goto(String(server.signInLink));
    const play = page.locator('.graphiql-execute-button');
    await play.waitFor({ timeout: 45_000 });
    expect(page.url()).not.toContain('code=');
    // The button is there before the editor holds the example and the schema has come; a click until then runs nothing.
    await page.locator('.graphiql-query-editor .view-line', { hasText: 'profile' }).first().waitFor({ timeout: 45_000 });
    await page.waitForLoadState('networkidle');
    await play.click();
    await page.locator('.result-window', { hasText: /"profile":\s+"development"/ }).waitFor({ timeout: 20_000 });
    expect(await page.locator('.graphiql-tab').count()).toBeGreaterThanOrEqual(10);

    const elsewhere = asked.filter((url) => !url.startsWith(server.endpoint) && !url.startsWith('data:') && !url.startsWith('blob:'));
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  }, 90_000);

  it('takes a code once only', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(String(server.signInLink));
    await page.getByRole('alert').waitFor({ timeout: 30_000 });
    expect(await page.getByRole('alert').textContent()).toContain('unknown, used or expired');
    await context.close();
  }, 60_000);
});

describe('GraphiQL examples', () => {
  it('are valid, and there is one for every noun', async () => {
    const schema = buildSchema(await readFile(join(root, 'schema/schema.graphql'), 'utf8'));
    const files = readdirSync(join(root, 'graphiql/examples'));
    const texts = await Promise.all(
      files.filter((file) => file.endsWith('.graphql')).map((file) => readFile(join(root, 'graphiql/examples', file), 'utf8')),
    );
    for (const text of texts) expect(validate(schema, parse(text))).toEqual([]);
    for (const noun of ['instance', 'vaults', 'keystores', 'keyTemplates', 'managedKeys', 'encrypt', 'principals', 'auditEvents', 'hsm']) {
      expect(texts.join('\n')).toMatch(new RegExp(`\\b${noun}\\b`));
    }
  });
});
