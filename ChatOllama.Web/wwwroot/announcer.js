// @ts-check

/**
 * What screen readers are told: whole sentences, at most one piece every two seconds, never word by word. The page has one place for
 * it that outlives the answers. Text of models has no known language, so it carries none.
 */
const pause = 2000;
const kept = 4;

/** @type {{ text: string, foreign: boolean }[]} */ const waiting = [];
/** @type {number | undefined} */ let timer;

/** @param {string} text @param {{ foreign?: boolean }} [options] foreign: a model's words, not ours */
export function announce(text, { foreign = false } = {}) {
  if (!text.trim()) return;
  const last = waiting.at(-1);
  if (last && last.foreign === foreign) last.text += " " + text;
  else waiting.push({ text, foreign });
  timer ??= window.setTimeout(speak, foreign ? pause : 200);
}

function speak() {
  timer = undefined;
  const place = document.getElementById("announcer");
  if (!place) return void (waiting.length = 0);
  for (const { text, foreign } of waiting.splice(0)) {
    const piece = document.createElement("span");
    if (foreign) piece.lang = "";
    piece.textContent = text.replace(/\s+/g, " ");
    place.append(piece);
  }
  while (place.childElementCount > kept) place.firstElementChild?.remove();
}

/** The words of an answer as they are read out: code is named, not spelled. @param {Element} box @param {string} code @returns {string} */
export function spoken(box, code) {
  let text = "";
  for (const node of box.childNodes) {
    if (node instanceof Text) text += node.data;
    else if (!(node instanceof Element) || node.matches("copy-button, annotation")) continue;
    else if (node.matches("figure.code")) text += `\n${code}\n`;
    else if (node.matches("p, li, h1, h2, h3, h4, h5, h6, tr, blockquote, pre")) text += `${spoken(node, code)}\n`;
    else text += spoken(node, code);
  }
  return text;
}

/** How far whole sentences go; a last line without an end may go on. @param {string} text @returns {number} */
export function sentenceEnd(text) {
  let end = 0;
  for (const match of text.trimEnd().matchAll(/[.!?…:;]["'”’)\]]*\s|[。！？]|\n/gu)) end = match.index + match[0].length;
  return end;
}
