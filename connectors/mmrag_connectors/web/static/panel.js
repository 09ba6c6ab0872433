// The panel at the side: a source with its cited place, or the files.

import { el, icon, say } from "./dom.js";

const PREVIEW = 1400;
const STATES = {
  changed: "The file has changed since it was indexed: what is quoted may stand in it no more.",
  missing: "The file is not there any more. This is what was indexed.",
};

export class Panel {
  constructor(root, server) {
    this.root = root;
    this.server = server;
    this.title = root.querySelector("#mm-panel-title");
    this.body = root.querySelector(".mm-panel-body");
    this.opener = null;
    this.showing = null;
    root.querySelector(".mm-close").addEventListener("click", () => this.close());
  }

  get open() {
    return !this.root.hidden;
  }

  // Shows `content` under a title; the focus goes there, and back to `opener` when it is closed.
  show(title, content, opener) {
    say(this.title, title);
    this.body.replaceChildren(...content);
    this.root.hidden = false;
    if (opener) this.opener = opener;
    this.mark();
    this.title.focus({ preventScroll: true });
    this.body.scrollTop = 0;
    this.opener?.scrollIntoView({ block: "nearest" }); // the conversation got narrower, and longer
  }

  close() {
    this.root.hidden = true;
    this.showing = null;
    this.body.replaceChildren(); // what plays stops
    this.mark(false);
    this.opener?.isConnected && this.opener.focus();
    this.opener = null;
  }

  async source(item, opener) {
    const asked = (this.showing = {});
    this.show(item.name, [el("p", { class: "mm-working" }, "Opening")], opener);
    let content;
    try {
      const view = await this.server.call("show", { id: item.id, quote: item.quote ?? null });
      content = sourceView(view, item);
    } catch (error) {
      content = [el("div", { class: "mm-error", role: "alert" }, icon("warn"), el("p", {}, error.message))];
    }
    if (this.showing === asked) this.body.replaceChildren(...content);
  }

  mark(on = true) {
    document.querySelectorAll(".mm-open").forEach((other) => other.classList.remove("mm-open"));
    if (on) this.opener?.classList.add("mm-open");
  }
}

function sourceView(view, item) {
  return [
    el("p", { class: "mm-path" }, view.source),
    el("p", { class: "mm-facts" }, view.place && el("span", {}, view.place), item.told && el("span", {}, item.told), sure(item)),
    STATES[view.state] && el("p", { class: "mm-note" }, STATES[view.state]),
    ...media(view),
    words(view),
    facts(view),
    view.state === "fresh" && el("p", {}, el("a", { href: `media/${view.id}`, target: "_blank", rel: "noopener" }, "Open the file")),
  ].filter(Boolean);
}

function sure(item) {
  if (item.verified === undefined) return null;
  const [kind, text] = item.verified ? ["check", "verified"] : ["warn", "not verified"];
  return el("span", { class: item.verified ? "mm-sure" : "mm-unsure" }, icon(kind), text);
}

function media(view) {
  const where = view.place ? `, ${view.place}` : "";
  if (view.shown === "picture") {
    const quote = view.quote ? `&quote=${view.quote}` : "";
    const alt = `${view.name}${where}${view.marked ? ", the cited region marked" : ""}`;
    return [shown(el("img", { class: "mm-preview", alt, src: `media/${view.id}/preview?size=${PREVIEW}${quote}` }))];
  }
  if (view.shown === "audio" || view.shown === "video") {
    const time = view.start === null ? "" : `#t=${view.start}${view.end === null ? "" : `,${view.end}`}`;
    const player = el(view.shown, {
      class: "mm-player",
      controls: true,
      preload: "metadata",
      "aria-label": `${view.name}${where}`,
      src: `media/${view.id}${time}`,
    });
    return [shown(player)];
  }
  return [];
}

// What cannot be shown says so in its place.
function shown(element) {
  element.addEventListener("error", () => element.replaceWith(el("p", { class: "mm-note" }, "This cannot be shown here. Open the file to see it.")));
  return element;
}

function words(view) {
  const [before, quote, after] = view.text;
  if (!before && !quote && !after) return null;
  const mark = quote && el("mark", {}, quote);
  const text = el("blockquote", { class: "mm-passage", tabindex: "0", "aria-label": "The passage" }, before, mark, after);
  if (mark) requestAnimationFrame(() => (text.scrollTop = mark.offsetTop - text.clientHeight / 3));
  return text;
}

function facts(view) {
  const rows = Object.entries(view.about);
  if (!rows.length) return null;
  return el("dl", { class: "mm-facts-list" }, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
