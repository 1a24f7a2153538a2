/** What the pages' modules find in a browser when they are loaded; the tests here look at no page. */
const kept = new Map<string, string>();
const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) };
const browser = { localStorage: storage, sessionStorage: storage, navigator: { language: "en-GB" }, document: { documentElement: { lang: "" } } };
for (const [name, value] of Object.entries(browser)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
