// @ts-check

/** The server sends a beat every 15 s: without one for this long, in ms, the line is dead, whatever the browser believes. */
const dead = 40_000;

/**
 * A stream of the server for as long as the page is seen: a hidden page keeps none, because browsers allow six per server, and one
 * that comes back begins anew. Finds a line that is dead without a word, as after a sleep, and tries again, calmly and without end:
 * the browser's own reconnecting gives up on some errors.
 */
export class EventLine {
  /** @type {EventSource | null} */ #source = null;
  #address;
  #listen;
  #lost;
  #longest;
  #alive = 0;
  #failures = 0;
  #retry = 0;
  #pulse = 0;

  /**
   * @param {() => string} address asked for at every connection
   * @param {Record<string, (data: any, id: string) => void>} listen by the name of the event; the data is JSON
   * @param {{ lost?: (failures: number) => void, longest?: number }} [options] lost: told of every lost connection; longest: pause in ms
   */
  constructor(address, listen, { lost, longest = 8000 } = {}) {
    this.#address = address;
    this.#listen = listen;
    this.#lost = lost;
    this.#longest = longest;
  }

  /** Connections that were lost since the last event. */
  get failures() {
    return this.#failures;
  }

  start() {
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("pagehide", this.#close);
    window.addEventListener("pageshow", this.#seen);
    window.addEventListener("online", this.#online);
    this.#pulse = window.setInterval(() => this.#source && performance.now() - this.#alive > dead && this.fail(), 5000);
    this.#seen();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("pagehide", this.#close);
    window.removeEventListener("pageshow", this.#seen);
    window.removeEventListener("online", this.#online);
    window.clearInterval(this.#pulse);
    this.#close();
  }

  /** The line is of no use any more: also for a listener that misses something in it. */
  fail() {
    this.#close();
    this.#failures++;
    this.#lost?.(this.#failures);
    if (!document.hidden) this.#retry = window.setTimeout(this.#open, Math.min(this.#longest, 250 * 2 ** this.#failures));
  }

  #seen = () => (document.hidden ? this.#close() : this.#open());

  /** What was open before the network went is dead, and may not know it. */
  #online = () => {
    this.#close();
    this.#seen();
  };

  #close = () => {
    window.clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  };

  #open = () => {
    if (this.#source) return;
    window.clearTimeout(this.#retry);
    const source = (this.#source = new EventSource(this.#address()));
    this.#alive = performance.now();
    source.addEventListener("beat", () => (this.#alive = performance.now()));
    for (const [name, hear] of Object.entries(this.#listen)) {
      source.addEventListener(name, (event) => {
        this.#alive = performance.now();
        this.#failures = 0;
        const { data, lastEventId } = /** @type {MessageEvent} */ (event);
        hear(JSON.parse(data), lastEventId);
      });
    }
    source.onerror = () => this.fail();
  };
}
