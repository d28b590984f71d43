// @ts-check

/**
 * The list of models as one looks at it before choosing: what each can, how large it is, which is in memory. The <select> below
 * stays the field of the form; without scripts it is all there is.
 */
class ModelPicker extends HTMLElement {
  static #many = 8;
  /** @type {HTMLButtonElement} */ #button = document.createElement("button");
  /** @type {HTMLElement} */ #sheet = document.createElement("div");
  /** @type {HTMLElement} */ #list = document.createElement("ul");
  /** @type {HTMLInputElement | null} */ #search = null;
  /** @type {HTMLElement | null} */ #active = null;

  connectedCallback() {
    if (this.#button.isConnected) return;
    this.#select.hidden = true;
    const label = /** @type {HTMLElement} */ (this.querySelector("label"));
    label.hidden = true;
    this.#button.type = "button";
    this.#button.className = "pick";
    this.#button.setAttribute("aria-haspopup", "listbox");
    this.#button.setAttribute("aria-expanded", "false");
    this.#sheet.className = "picker";
    this.#sheet.popover = "auto";
    this.#list.id = "models";
    this.#list.tabIndex = -1;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", label.textContent ?? "");
    if (this.#select.options.length > ModelPicker.#many) this.#sheet.append(this.#makeSearch());
    this.#sheet.append(this.#list);
    this.append(this.#button, this.#sheet);
    this.#button.addEventListener("click", () => this.#toggle());
    this.#button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowUp" || event.key === "ArrowDown") (event.preventDefault(), this.#toggle());
    });
    this.#sheet.addEventListener("keydown", (event) => this.#key(event));
    this.#sheet.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event)));
    this.#list.addEventListener("click", (event) => this.#choose(event.target instanceof Element ? event.target.closest("li") : null));
    this.#select.addEventListener("change", () => this.#show());
    this.#show();
  }

  get #select() {
    return /** @type {HTMLSelectElement} */ (this.querySelector("select"));
  }

  get chosen() {
    return this.#select.selectedOptions[0];
  }

  get value() {
    return this.#select.value;
  }

  /** Of a model that has gone nothing happens. */
  set value(name) {
    if (name === this.value || ![...this.#select.options].some((option) => option.value === name)) return;
    this.#select.value = name;
    this.#select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #makeSearch() {
    const search = document.createElement("input");
    search.type = "search";
    search.autocomplete = "off";
    search.placeholder = this.dataset.textSearch ?? "";
    for (const [name, value] of Object.entries({ role: "combobox", "aria-label": this.dataset.textSearch ?? "", "aria-controls": "models", "aria-expanded": "true", "aria-autocomplete": "list" })) search.setAttribute(name, value);
    search.addEventListener("input", () => this.#fill());
    this.#search = search;
    return search;
  }

  #show() {
    const chosen = this.chosen;
    this.#button.textContent = chosen?.dataset.name ?? "";
    this.#button.setAttribute("aria-label", (this.dataset.textChoose ?? "{0}").replace("{0}", () => chosen?.dataset.name ?? ""));
    this.#button.classList.toggle("loaded", chosen?.dataset.loaded !== undefined);
  }

  #toggle() {
    this.#fill();
    this.#sheet.togglePopover();
  }

  /** @param {ToggleEvent} event */
  #toggled(event) {
    const open = event.newState === "open";
    this.#button.setAttribute("aria-expanded", String(open));
    if (!open) {
      if (this.#search) this.#search.value = "";
      return;
    }
    this.#place();
    (this.#search ?? this.#list).focus();
    this.#active?.scrollIntoView({ block: "nearest" });
  }

  /** Above the button, where there is room for it, within the window. */
  #place() {
    const at = this.#button.getBoundingClientRect();
    const width = this.#sheet.offsetWidth;
    const above = at.top > innerHeight - at.bottom;
    this.#sheet.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    this.#sheet.style.top = above ? "auto" : `${at.bottom + 6}px`;
    this.#sheet.style.bottom = above ? `${innerHeight - at.top + 6}px` : "auto";
    this.#sheet.style.maxHeight = `${Math.min(440, (above ? at.top : innerHeight - at.bottom) - 14)}px`;
  }

  #fill() {
    const words = (this.#search?.value ?? "").toLowerCase().split(" ").filter(Boolean);
    const options = [...this.#select.options].filter((option) => words.every((word) => `${option.dataset.name} ${option.value} ${option.dataset.details}`.toLowerCase().includes(word)));
    this.#list.replaceChildren(...options.map((option, place) => this.#item(option, place)));
    if (options.length === 0) this.#list.append(Object.assign(document.createElement("li"), { className: "none", textContent: this.dataset.textNone }));
    const items = this.#items;
    this.#activate(items.find((item) => item.dataset.value === this.value) ?? items[0] ?? null);
  }

  /** @param {HTMLOptionElement} option @param {number} place */
  #item(option, place) {
    const item = document.createElement("li");
    item.id = `model-${place}`;
    item.dataset.value = option.value;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(option.value === this.value));
    const head = document.createElement("span");
    head.append(text("b", option.dataset.name), ...[option.dataset.default, option.dataset.loaded].filter(Boolean).map((tag, i) => text("span", tag, i === 0 && option.dataset.default ? "tag on" : "tag")));
    item.append(head, text("small", option.dataset.details));
    return item;
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll("[role=option]")]);
  }

  /** @param {HTMLElement | null} item */
  #activate(item) {
    this.#active?.classList.remove("active");
    this.#active = item;
    item?.classList.add("active");
    for (const holder of [this.#search, this.#list]) holder?.setAttribute("aria-activedescendant", item?.id ?? "");
    item?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items;
    const at = this.#active ? items.indexOf(this.#active) : -1;
    /** @type {Record<string, number>} */ const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 6, PageUp: at - 6, ...(this.#search ? {} : { Home: 0, End: items.length - 1 }) };
    if (event.key in moves) {
      event.preventDefault();
      this.#activate(items[Math.max(0, Math.min(items.length - 1, moves[event.key]))] ?? null);
    } else if (event.key === "Enter" || (event.key === " " && !this.#search)) {
      event.preventDefault();
      this.#choose(this.#active);
    } else if (event.key === "Tab") this.#sheet.hidePopover();
    else if (!this.#search && event.key.length === 1) {
      const wanted = event.key.toLowerCase();
      this.#activate([...items.slice(at + 1), ...items].find((item) => item.textContent?.toLowerCase().startsWith(wanted)) ?? this.#active);
    }
  }

  /** @param {HTMLElement | null} item */
  #choose(item) {
    if (!item?.dataset.value) return;
    this.value = item.dataset.value;
    this.#sheet.hidePopover();
    this.#button.focus();
  }
}

/** @param {string} name @param {string | undefined} content @param {string} [look] */
function text(name, content, look = "") {
  return Object.assign(document.createElement(name), { textContent: content ?? "", className: look });
}

customElements.define("model-picker", ModelPicker);
export { ModelPicker };
