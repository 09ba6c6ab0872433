// The conversation: questions, answers with their citations, what was found.

import { el, icon, say } from "./dom.js";

const VERIFIED = "The quote stands in the source and supports what cites it";
const UNVERIFIED = "The quote could not be verified against the file as it is now";

export class Conversation {
  // `open(item, button)` shows a citation or a hit in the panel.
  constructor(log, live, open) {
    this.log = log;
    this.live = live;
    this.open = open;
  }

  clear() {
    this.log.replaceChildren();
    say(this.live, "");
  }

  // Puts a turn at the end; returns what draws it anew as it changes.
  add(turn) {
    const body = el("div", { class: "mm-answer" });
    const article = el("article", { class: "mm-turn", "data-turn": turn.id }, this.question(turn), body);
    this.log.append(article);
    let told = 0;
    const draw = () => {
      if (turn.state === "writing" && told > 0) {
        const text = body.querySelector(".mm-text");
        turn.sentences.slice(told).forEach((pieces) => text.append(...this.pieces(pieces, []), " "));
      } else {
        body.replaceChildren(...this.answer(turn));
      }
      const fresh = turn.sentences.slice(told).map((pieces) => pieces.filter((p) => typeof p === "string").join(""));
      fresh.forEach((words) => this.live.append(el("p", {}, words)));
      told = turn.sentences.length;
      body.setAttribute("aria-busy", String(turn.state === "working" || turn.state === "writing"));
    };
    draw();
    return draw;
  }

  announce(turn) {
    const answer = turn.answer;
    let words = turn.error ?? `${turn.hits?.length ?? 0} found`;
    if (answer) words = answer.abstained ? answer.text : `Answer complete, ${answer.citations.length} sources`;
    if (answer && !answer.abstained && !turn.sentences.length) words = `${answer.text} ${words}`;
    this.live.append(el("p", {}, words));
  }

  question(turn) {
    const by = turn.file && el("span", { class: "mm-by" }, icon(turn.file.kind), turn.file.name);
    return el("header", { class: "mm-question" }, by, turn.words && el("p", {}, turn.words));
  }

  answer(turn) {
    if (turn.state === "working") return [el("p", { class: "mm-working" }, "Looking through your files")];
    if (turn.state === "writing") {
      return [el("p", { class: "mm-text" }, ...turn.sentences.flatMap((p) => [...this.pieces(p, []), " "]))];
    }
    if (turn.state === "stopped") return [...this.sofar(turn), el("p", { class: "mm-hint" }, "Stopped.")];
    if (turn.state === "error") {
      const wrong = el("div", { class: "mm-error", role: "alert" }, icon("warn"), el("p", {}, turn.error));
      return [...this.sofar(turn), wrong];
    }
    if (!turn.answer) return [this.hits(turn.hits, turn.hits.length ? "What is most like it" : "Nothing was found by it")];
    return turn.answer.abstained ? this.abstained(turn) : this.answered(turn.answer);
  }

  sofar(turn) {
    if (!turn.sentences.length) return [];
    return [el("p", { class: "mm-text" }, ...turn.sentences.flatMap((p) => [...this.pieces(p, []), " "]))];
  }

  abstained(turn) {
    const card = el("p", { class: "mm-abstained" }, turn.answer.text);
    const near = turn.hits?.length ? this.hits(turn.hits, "The nearest passages") : null;
    return [card, turn.answer.note && el("p", { class: "mm-hint" }, turn.answer.note), near, this.dropped(turn.answer)].filter(Boolean);
  }

  answered(answer) {
    const sources = el("ol", { class: "mm-sources", "aria-label": "Sources" }, answer.citations.map((one) => this.source(one)));
    return [
      answer.note && el("p", { class: "mm-note" }, answer.note),
      el("p", { class: "mm-text" }, ...this.pieces(answer.pieces, answer.citations)),
      sources,
      this.dropped(answer),
      el("p", { class: "mm-hint mm-worded" }, answer.by),
    ].filter(Boolean);
  }

  dropped(answer) {
    if (!answer.dropped.length) return null;
    const rows = answer.dropped.map(([text, reason]) => el("li", {}, text, el("span", { class: "mm-hint" }, ` (${reason})`)));
    const title = `Left out, for no source supports it (${rows.length})`;
    return el("details", { class: "mm-dropped" }, el("summary", {}, title), el("ul", {}, rows));
  }

  pieces(pieces, citations) {
    return pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      const cited = citations.find((one) => one.n === piece);
      if (!cited) return el("span", { class: "mm-cite mm-waiting" }, String(piece));
      const label = `Source ${piece}: ${cited.name}${cited.place ? `, ${cited.place}` : ""}`;
      return this.opener(cited, { class: "mm-cite", "aria-label": label, title: label }, String(piece));
    });
  }

  source(cited) {
    const sure = el(
      "span",
      { class: cited.verified ? "mm-sure" : "mm-unsure", title: cited.verified ? VERIFIED : UNVERIFIED },
      icon(cited.verified ? "check" : "warn"),
      cited.verified ? "verified" : "not verified",
    );
    return el("li", {}, this.card(cited, el("span", { class: "mm-n" }, String(cited.n)), sure));
  }

  hits(hits, title) {
    const rows = hits.map((hit) => el("li", {}, this.card(hit, null, null)));
    return el("section", { class: "mm-found", "aria-label": title }, el("h3", {}, title), el("ol", { class: "mm-sources" }, rows));
  }

  card(item, number, sure) {
    const name = el("span", { class: "mm-name", title: item.source }, item.name);
    const line = el("span", { class: "mm-line" }, number, icon(item.modality), name, sure);
    const where = [item.place, item.told].filter(Boolean).join(" · ");
    const place = where && el("span", { class: "mm-place" }, where);
    const words = item.words && el("span", { class: "mm-words" }, item.words);
    return this.opener(item, { class: "mm-card" }, this.picture(item), el("span", { class: "mm-about" }, line, place, words));
  }

  picture(item) {
    if (!["image", "video", "depth", "thermal", "imu"].includes(item.modality)) return null;
    const image = el("img", {
      src: `media/${item.id}/thumbnail?size=256`,
      alt: "",
      loading: "lazy",
      class: "mm-thumb",
      error: () => image.remove(),
    });
    return image;
  }

  opener(item, attributes, ...children) {
    const button = el("button", { type: "button", ...attributes, click: () => this.open(item, button) }, ...children);
    return button;
  }
}
