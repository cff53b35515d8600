/**
 * A real browser on a page with Snowplow's browser tracker, against the whole local stack: what the visitor does is an event in
 * the output, with cookies and without.
 */
import { spawnSync } from 'node:child_process';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { freePorts, outputLines, removeFolder, StartedStack, temporaryFolder, until } from '../started-stack';
import { servePage, type PageServer } from './page-server';

type Event = Readonly<Record<string, unknown>>;

const NOBODY = '00000000-0000-0000-0000-000000000000';

let data: string;
let stack: StartedStack;
let pages: PageServer;
let browser: Browser;

/** The browser of the system: the library brings none, and downloads none. */
function chromiumPath(): string {
  const names = [process.env.CHROMIUM ?? 'chromium', 'chromium-browser', 'google-chrome'];
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found === undefined)
    throw new Error('there is no Chromium: apt-get install chromium, or set CHROMIUM to its path');
  return spawnSync('which', [found], { encoding: 'utf8' }).stdout.trim() || found;
}

/** Of what was begun, the last first. */
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  cleanUps.unshift(() => browser.close());
  pages = await servePage();
  cleanUps.unshift(() => pages.close());
  data = temporaryFolder();
  cleanUps.unshift(() => removeFolder(data));
  stack = new StartedStack({ data, port: await freePorts() });
  cleanUps.unshift(() => stack.killAll());
  await stack.ready();
  cleanUps.unshift(async () => {
    stack.ctrlC();
    expect(await stack.ended()).toBe(0);
  });
}, 60_000);

afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
}, 60_000);

/** What went wrong in the page; a tracker hides much of it. */
const faults: string[] = [];

async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  return page;
}

/** Opens the page, and does what a visitor does. */
async function visit(page: Page, app: string, more: Record<string, string> = {}): Promise<void> {
  const query = new URLSearchParams({ app, collector: stack.url, ...more });
  await page.goto(`${pages.url}/?${query.toString()}`);
  for (const y of [400, 900, 200]) {
    await page.mouse.wheel(0, y);
    await page.mouse.move(y / 4, 120);
    await page.waitForTimeout(700);
  }
  await page.click('#terms');
  await page.fill('#email', 'käthe@example.com');
  await page.fill('#password', 'do not tell');
  await page.click('#send');
}

const of = (app: string): Event[] => outputLines(data, 'enriched').filter((line) => line.app_id === app);
const named = (events: readonly Event[], name: string): Event[] => events.filter((line) => line.event_name === name);
const selfDescribing = (event: Event | undefined, column: string): unknown =>
  event?.[`unstruct_event_com_snowplowanalytics_snowplow_${column}_1`];

const NAMES = ['page_view', 'page_ping', 'link_click', 'focus_form', 'change_form', 'submit_form'];

async function everythingOf(app: string): Promise<Event[]> {
  const missing = (): string[] => NAMES.filter((name) => named(of(app), name).length === 0);
  await until(
    () => missing().length === 0,
    20_000,
    () =>
      `${app} lacks ${missing().join(', ')}; in the page: ${faults.join('; ')}; there are ${of(app).length}, bad rows ${JSON.stringify(outputLines(data, 'bad')).slice(0, 2_000)}`,
  );
  return of(app);
}

it('with cookies: page view, pings, link click and form, all of one visitor, in one visit', async () => {
  const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1000, height: 700 } });
  const page = await openPage(context);
  await visit(page, 'cookies');
  await page.waitForTimeout(500);
  await visit(page, 'cookies');
  const events = await everythingOf('cookies');

  const [view] = named(events, 'page_view');
  expect(view).toMatchObject({ platform: 'web', page_title: 'A shop', user_id: 'käthe', page_urlhost: '127.0.0.1' });
  expect(view).toMatchObject({ br_lang: 'de-DE', br_viewwidth: 1000, br_viewheight: 700, v_tracker: 'js-4.6.8' });
  expect(new Set(events.map((event) => event.domain_userid)).size).toBe(1);
  expect(new Set(events.map((event) => event.domain_sessionid)).size).toBe(1);
  const cookies = await context.cookies();
  const ours = cookies.find(({ name }) => name === 'sp');
  expect(ours).toBeDefined();
  expect(new Set(events.map((event) => event.network_userid))).toEqual(new Set([ours?.value]));

  expect(named(events, 'page_ping').some((ping) => Number(ping.pp_yoffset_max) > 0)).toBe(true);
  expect(selfDescribing(named(events, 'link_click')[0], 'link_click')).toMatchObject({
    targetUrl: expect.stringMatching(/#terms$/),
    elementId: 'terms',
    elementClasses: ['footer'],
    elementContent: 'Terms &amp; conditions',
  });
  const changes = named(events, 'change_form').map((event) => selfDescribing(event, 'change_form'));
  expect(changes).toContainEqual(
    expect.objectContaining({ formId: 'signup', elementId: 'email', value: 'käthe@example.com' }),
  );
  expect(JSON.stringify(events)).not.toContain('do not tell');
  const submitted = selfDescribing(named(events, 'submit_form')[0], 'submit_form');
  expect(submitted).toMatchObject({ formId: 'signup' });
  const webPages = new Set(
    events.map((event) => JSON.stringify(event.contexts_com_snowplowanalytics_snowplow_web_page_1)),
  );
  expect(webPages.size).toBe(2); // one id a page view
  await context.close();
}, 60_000);

it('anonymous: the same events, and nothing that tells who it was', async () => {
  const context = await browser.newContext();
  const page = await openPage(context);
  await visit(page, 'anonymous', { anonymous: '1' });
  const events = await everythingOf('anonymous');
  for (const event of events) {
    expect(event).toMatchObject({ domain_userid: null, domain_sessionid: null, user_id: null, network_userid: NOBODY });
    expect([null, 'unknown']).toContain(event.user_ipaddress);
  }
  expect((await context.cookies()).map(({ name }) => name)).toEqual([]);
  await context.close();
}, 60_000);

it('nothing of it is a bad row, and nothing went wrong in the page', () => {
  expect(faults).toEqual([]);
  expect(outputLines(data, 'bad')).toEqual([]);
});
