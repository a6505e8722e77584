import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages } from './debian-packages.ts';
import { waitFor } from './wait.ts';

const BINARIES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** How a page is looked at. */
interface Viewing {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

/**
 * A page in a real Chromium, by its DevTools protocol: a page that forbids scripts can be asked all the
 * same.
 */
export interface OpenPage {
  view(viewing: Viewing): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  /** A PNG of the whole page. */
  screenshot(file: string): Promise<void>;
  /** What the browser has complained of: scripts, styles and images that were refused. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a document in a Chromium of its own. @throws where none is here and none can be installed */
export async function openInChromium(html: string): Promise<OpenPage> {
  const dir = await mkdtemp(join(tmpdir(), 'msr-browser-'));
  const file = join(dir, 'page.html');
  await writeFile(file, html);
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${dir}`,
    'about:blank',
  ];
  const browser = spawn(await chromium(), ['--headless', ...args], { stdio: 'ignore' });
  const protocol = await connect(browser, dir);
  const complaints: string[] = [];
  protocol.on('Log.entryAdded', ({ entry }) => complaints.push(String((entry as { text: string }).text)));
  await protocol.send('Log.enable');
  await protocol.send('Page.enable');
  const loaded = protocol.once('Page.loadEventFired');
  await protocol.send('Page.navigate', { url: `file://${file}` });
  await loaded;
  return {
    complaints,
    view: async ({ width, scheme, media = 'screen' }) => {
      await protocol.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
      await protocol.send('Emulation.setEmulatedMedia', {
        media,
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
    },
    evaluate: async <T>(expression: string) => {
      const { result } = await protocol.send('Runtime.evaluate', { expression, returnByValue: true });
      return (result as { value: T }).value;
    },
    screenshot: async (to) => {
      const { data } = await protocol.send('Page.captureScreenshot', { captureBeyondViewport: true });
      await writeFile(to, Buffer.from(String(data), 'base64'));
    },
    close: async () => {
      // Debian's command is a script that waits for the browser: killed, it would leave that behind.
      void protocol.send('Browser.close');
      await waitFor('Chromium to end', async () => browser.exitCode !== null || browser.signalCode !== null);
      protocol.close();
      await rm(dir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function chromium(): Promise<string> {
  const present = () => BINARIES.find((path) => existsSync(path));
  if (present() === undefined) {
    await installDebianPackages('pages are looked at in a real browser', [
      'chromium-headless-shell',
      'fonts-dejavu-core',
    ]);
  }
  return present() ?? 'chromium';
}

type Answer = Readonly<Record<string, unknown>>;

interface Protocol {
  send(method: string, params?: Answer): Promise<Answer>;
  on(event: string, listener: (params: Answer) => void): void;
  once(event: string): Promise<void>;
  close(): void;
}

async function connect(browser: ChildProcess, dir: string): Promise<Protocol> {
  let port = '';
  await waitFor('Chromium to listen', async () => {
    if (browser.exitCode !== null) throw new Error(`it ended with ${browser.exitCode}`);
    port = (await readFile(join(dir, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n')[0] ?? '';
    return port !== '';
  });
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
  await new Promise((open, fail) => {
    socket.addEventListener('open', open);
    socket.addEventListener('error', fail);
  });
  return protocolOver(socket);
}

function protocolOver(socket: WebSocket): Protocol {
  const waiting = new Map<number, (answer: Answer) => void>();
  const listeners = new Map<string, ((params: Answer) => void)[]>();
  let sent = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, method, params } = JSON.parse(String(data));
    if (id !== undefined) waiting.get(id)?.(result ?? {});
    for (const listener of listeners.get(method) ?? []) listener(params);
  });
  const on: Protocol['on'] = (event, listener) =>
    void listeners.set(event, [...(listeners.get(event) ?? []), listener]);
  return {
    on,
    once: (event) => new Promise((resolve) => on(event, () => resolve())),
    send: (method, params = {}) =>
      new Promise((resolve) => {
        sent += 1;
        waiting.set(sent, resolve);
        socket.send(JSON.stringify({ id: sent, method, params }));
      }),
    close: () => socket.close(),
  };
}
