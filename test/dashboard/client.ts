/** The dashboard as a program meets it that keeps cookies as a browser does, and sends the headers that it is told. */
export class Client {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  cookie(name: string): string {
    return this.#cookies.get(name) ?? '';
  }

  forgetCookie(name: string): void {
    this.#cookies.delete(name);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(path, { headers });
  }

  /** A body as JSON, with these headers alone. */
  send(method: string, path: string, body: object, headers: Record<string, string>): Promise<Response> {
    const type = { 'content-type': 'application/json' };
    return this.#fetch(path, { method, body: JSON.stringify(body), headers: { ...type, ...headers } });
  }

  /** As a page of the dashboard does. */
  change(method: string, path: string, body: object): Promise<Response> {
    return this.send(method, path, body, { origin: this.#url, 'x-xsrf-token': this.cookie('XSRF-TOKEN') });
  }

  async logIn(name: string, password: string, origin = this.#url): Promise<Response> {
    const form = await (await this.get('/login')).text();
    const csrf = /name="csrf" value="([^"]+)"/.exec(form)?.[1] ?? '';
    return this.#fetch('/login', {
      method: 'POST',
      body: new URLSearchParams({ name, password, csrf }),
      headers: { origin },
    });
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) };
    const answer = await fetch(`${this.#url}${path}`, { ...init, headers, redirect: 'manual' });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}
