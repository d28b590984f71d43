// @ts-check

/**
 * The form at the foot of a chat. Enter sends, Shift+Enter breaks; in a session the message is sent without leaving the page.
 * The words stay in the field until the server has stored them.
 */
class ChatComposer extends HTMLElement {
  #busy = false;

  connectedCallback() {
    const { form, field } = this.#parts;
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#running && field.value.trim()) form.requestSubmit();
    });
    form.addEventListener("submit", (event) => this.#submit(event));
    this.#stopForm?.addEventListener("submit", (event) => this.#stop(event));
    document.addEventListener("answer-ended", this.#ended);
  }

  disconnectedCallback() {
    document.removeEventListener("answer-ended", this.#ended);
  }

  get #parts() {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    return {
      form,
      field: /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("message")),
      key: /** @type {HTMLInputElement} */ (form.elements.namedItem("key")),
      send: /** @type {HTMLButtonElement} */ (form.querySelector(".send:not(.stop)")),
      stop: /** @type {HTMLButtonElement} */ (form.querySelector(".send.stop")),
    };
  }

  get #stopForm() {
    return /** @type {HTMLFormElement | null} */ (document.getElementById("stop"));
  }

  get #running() {
    return this.#parts.send.hidden;
  }

  set #running(value) {
    const { send, stop } = this.#parts;
    send.hidden = value;
    stop.hidden = !value;
  }

  #ended = () => {
    this.#running = false;
    document.querySelector('.list a[aria-current] .pulse')?.remove();
  };

  /** @param {SubmitEvent} event */
  async #submit(event) {
    if (event.submitter?.classList.contains("stop")) return;
    const { form, field, key, send } = this.#parts;
    const thread = document.querySelector("chat-thread");
    if (this.#busy) return event.preventDefault();
    if (!thread) return;
    event.preventDefault();
    this.#busy = true;
    send.setAttribute("aria-disabled", "true");
    this.#tell("");
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Fragment": "1" } });
      if (!response.ok) return this.#tell(await reason(response));
      this.#append(thread, await response.text());
      field.value = "";
      key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    } catch {
      this.#tell("Not sent: the server cannot be reached. Your words are still here; try again.");
    } finally {
      this.#busy = false;
      send.removeAttribute("aria-disabled");
    }
  }

  /** @param {Element} thread @param {string} html */
  #append(thread, html) {
    for (const deed of thread.querySelectorAll(".receipt form:not(.siblings), .receipt details")) deed.remove();
    const messages = /** @type {HTMLElement} */ (thread.querySelector(".messages"));
    messages.insertAdjacentHTML("beforeend", html);
    const live = [...messages.querySelectorAll("live-answer")].at(-1);
    if (live instanceof HTMLElement && this.#stopForm) {
      this.#stopForm.action = `/messages/${encodeURIComponent(live.dataset.message ?? "")}/stop`;
      this.#running = true;
    }
    thread.dispatchEvent(new CustomEvent("message-sent"));
  }

  /** @param {SubmitEvent} event */
  async #stop(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!response) this.#tell("The server cannot be reached, so the answer goes on. Try again.");
    else if (!response.ok && response.status !== 409) this.#tell(await reason(response));
  }

  /** @param {string} text */
  #tell(text) {
    const line = /** @type {HTMLElement} */ (this.querySelector(".problem-line"));
    line.textContent = text;
    line.hidden = !text;
  }
}

/** @param {Response} response @returns {Promise<string>} */
async function reason(response) {
  try {
    const problem = await response.json();
    return `Not done. ${problem.detail ?? problem.title}`;
  } catch {
    return `Not done: the server answered with status ${response.status}. Try again.`;
  }
}

customElements.define("chat-composer", ChatComposer);
