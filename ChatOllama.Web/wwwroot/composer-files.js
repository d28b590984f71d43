// @ts-check

/** The images and text files that a message will bring: uploaded as soon as they are chosen, each a chip that can be removed. */
class ComposerFiles extends HTMLElement {
  /** @type {Set<Promise<void>>} */ #uploads = new Set();

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const chip = event.target instanceof Element && event.target.closest("[data-remove]")?.closest("li");
      if (chip) this.#remove(chip);
    });
    this.#input?.addEventListener("change", () => {
      const input = /** @type {HTMLInputElement} */ (this.#input);
      const files = [...(input.files ?? [])];
      // What is uploaded is not sent a second time with the form.
      input.value = "";
      this.add(files);
    });
  }

  get #list() {
    return /** @type {HTMLUListElement} */ (this.querySelector("ul"));
  }

  get #input() {
    return /** @type {HTMLInputElement | null} */ (this.closest("form")?.querySelector("input[type=file]") ?? null);
  }

  get #fields() {
    return /** @type {HTMLInputElement[]} */ ([...this.querySelectorAll("ul [name=attachment]:enabled")]);
  }

  /** What is uploaded, as the form sends it. */
  get values() {
    return this.#fields.map((field) => field.value);
  }

  get images() {
    return this.#list.querySelectorAll("li:not(.file, .bad)").length;
  }

  /** When every upload has ended, well or not. */
  async settled() {
    while (this.#uploads.size > 0) await Promise.all(this.#uploads);
  }

  /** The chips as they stand. */
  get chips() {
    return [...this.#list.children];
  }

  /** @param {Element[]} chips those that were sent */
  clear(chips) {
    for (const chip of chips) chip.remove();
    this.#changed();
  }

  /** @param {string[]} values of an earlier page */
  restore(values) {
    for (const value of values) {
      const [id, type, , ...name] = value.split(" ");
      const chip = this.#chip(name.join(" "), type.startsWith("image/"));
      this.#done(chip, value);
      const image = /** @type {HTMLImageElement} */ (chip.querySelector("img"));
      // After a day without a message the server has forgotten it.
      if (!image.hidden) image.addEventListener("error", () => this.#remove(chip), { once: true });
      if (!image.hidden) image.src = `/v1/attachments/${encodeURIComponent(id)}`;
    }
    this.#changed();
  }

  /** @param {File[]} files */
  add(files) {
    const input = this.#input;
    if (!input) return;
    for (const file of files) {
      const refusal = this.#refusal(file, input.dataset);
      const chip = this.#chip(file.name, file.type.startsWith("image/"));
      if (refusal) this.#fail(chip, refusal);
      else this.#follow(this.#upload(file, chip, input.dataset));
    }
    this.#changed();
  }

  /** @param {File} file @param {DOMStringMap} rules @returns {string} empty when it may be uploaded */
  #refusal(file, rules) {
    const isImage = file.type.startsWith("image/");
    if (this.#list.children.length >= Number(rules.most)) return rules.textMany ?? "";
    if (file.size === 0) return fill(rules.textEmpty, file.name);
    if (/^(video|audio|font)\/|pdf$|zip|msword|officedocument/.test(file.type) || (isImage && !rules.imageTypes?.split(" ").includes(file.type))) return fill(rules.textType, file.name);
    const isText = /^text\/|json$|xml$/.test(file.type);
    return file.size > Number(isText ? rules.textBytes : rules.imageBytes) ? fill(rules.textLarge, file.name) : "";
  }

  /** @param {Promise<void>} upload */
  #follow(upload) {
    this.#uploads.add(upload);
    upload.finally(() => this.#uploads.delete(upload));
  }

  /** @param {File} file @param {HTMLElement} chip @param {DOMStringMap} rules @returns {Promise<void>} */
  #upload(file, chip, rules) {
    const bar = /** @type {HTMLProgressElement} */ (chip.querySelector("progress"));
    const image = /** @type {HTMLImageElement} */ (chip.querySelector("img"));
    bar.hidden = false;
    bar.setAttribute("aria-label", fill(rules.textUploading, file.name));
    if (!image.hidden) {
      const address = URL.createObjectURL(file);
      for (const end of ["load", "error"]) image.addEventListener(end, () => URL.revokeObjectURL(address), { once: true });
      image.src = address;
    }
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/v1/attachments?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => (bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0);
      request.onloadend = () => {
        bar.hidden = true;
        if (request.status === 201) this.#uploaded(chip, request.response);
        else this.#fail(chip, refused(file.name, request, rules));
        this.#changed();
        resolve();
      };
      chip.addEventListener("removed", () => request.abort(), { once: true });
      request.send(file);
    });
  }

  /** @param {HTMLElement} chip @param {{ id: string, media_type: string, size: number, name: string }} view */
  #uploaded(chip, view) {
    const isImage = view.media_type.startsWith("image/");
    chip.classList.toggle("file", !isImage);
    /** @type {HTMLElement} */ (chip.querySelector("img")).hidden = !isImage;
    /** @type {HTMLElement} */ (chip.querySelector(".kind")).hidden = isImage;
    this.#done(chip, `${view.id} ${view.media_type} ${view.size} ${view.name}`);
  }

  /** @param {HTMLElement} chip @param {string} value */
  #done(chip, value) {
    const field = /** @type {HTMLInputElement} */ (chip.querySelector("[name=attachment]"));
    field.value = value;
    field.disabled = false;
  }

  /** @param {HTMLElement} chip @param {string} reason */
  #fail(chip, reason) {
    if (!chip.isConnected) return;
    chip.classList.add("bad");
    const name = /** @type {HTMLElement} */ (chip.querySelector(".name"));
    name.setAttribute("role", "alert");
    name.textContent = reason;
  }

  /** @param {string} name @param {boolean} isImage @returns {HTMLLIElement} */
  #chip(name, isImage) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template"));
    const chip = /** @type {HTMLLIElement} */ (template.content.firstElementChild?.cloneNode(true));
    chip.classList.toggle("file", !isImage);
    /** @type {HTMLElement} */ (chip.querySelector("img")).hidden = !isImage;
    /** @type {HTMLElement} */ (chip.querySelector(".kind")).hidden = isImage;
    /** @type {HTMLElement} */ (chip.querySelector(".name")).textContent = name;
    const remove = /** @type {HTMLElement} */ (chip.querySelector("[data-remove]"));
    remove.setAttribute("aria-label", fill(remove.getAttribute("aria-label") ?? "", name));
    this.#list.append(chip);
    return chip;
  }

  /** @param {HTMLLIElement} chip */
  #remove(chip) {
    const next = chip.nextElementSibling ?? chip.previousElementSibling;
    const focused = chip.contains(document.activeElement);
    chip.dispatchEvent(new CustomEvent("removed"));
    chip.remove();
    this.#changed();
    if (focused) (next?.querySelector("button") ?? this.closest("form")?.querySelector("textarea"))?.focus();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("files-changed", { bubbles: true }));
  }
}

/** @param {string} name @param {XMLHttpRequest} request @param {DOMStringMap} rules */
function refused(name, request, rules) {
  if (request.status === 413) return fill(rules.textLarge, name);
  if (request.status === 415) return fill(rules.textType, name);
  return fill(rules.textFailed, name);
}

/** @param {string | undefined} text @param {string} name */
function fill(text, name) {
  return (text ?? "").replace("{0}", () => name);
}

customElements.define("composer-files", ComposerFiles);
export { ComposerFiles };
