// The files of the index: what there is, what is being added, what could not be read.

import { el, icon, say } from "./dom.js";

const SOON = 1000; // ms between looks at a job that is running

export class Files {
  // `changed(library)` is told whenever more is known of the index.
  constructor(server, panel, changed) {
    this.server = server;
    this.panel = panel;
    this.changed = changed;
    this.library = { ready: false };
    this.sending = [];
    this.wanted = "";
    this.view = null;
  }

  // Asks for the files, and while something is being done to them how that goes.
  async look(documents = true) {
    clearTimeout(this.next);
    try {
      const told = await this.server.call("library", { documents });
      if (!documents && !told.busy) return this.look();
      this.library = { ...this.library, ...told };
      this.wrong = "";
    } catch (error) {
      this.wrong = error.message;
    }
    this.changed(this.library, this.wrong);
    this.draw();
    if (this.wrong) this.next = setTimeout(() => this.look(), 5 * SOON);
    else if (!this.library.ready || this.library.busy) this.next = setTimeout(() => this.look(!this.library.ready), SOON);
  }

  open(opener) {
    this.view = el("div", { class: "mm-files" });
    this.panel.showing = this;
    this.panel.show("Files", [this.adder(), this.view], opener);
    this.draw();
    this.look();
  }

  adder() {
    if (!this.library.write) return el("p", { class: "mm-hint" }, "You may read these files, not add to them.");
    const pick = el("input", { type: "file", multiple: true, class: "mm-sr", id: "mm-add", change: () => this.add([...pick.files]) });
    const zone = el(
      "div",
      { class: "mm-drop" },
      pick,
      el("label", { for: "mm-add", class: "mm-button" }, "Add files"),
      el("p", { class: "mm-hint" }, `or drop them here: documents, pictures, recordings, films, up to ${this.library.upload_mb} MB together`),
    );
    return zone;
  }

  // Sends files one after the other and has them indexed together.
  async add(files) {
    if (!this.library.write) return;
    const rows = files.map((file) => ({ file, share: 0, error: "" }));
    this.sending.push(...rows);
    const ids = [];
    for (const row of rows) {
      this.draw();
      try {
        ids.push(await this.server.upload(row.file, (share) => ((row.share = share), this.draw())));
      } catch (error) {
        row.error = error.message;
      }
    }
    try {
      if (ids.length) await this.server.call("receive", { ids });
      this.sending = this.sending.filter((row) => !rows.includes(row) || row.error);
    } catch (error) {
      rows.forEach((row) => (row.error ||= error.message));
    }
    await this.look();
  }

  async remove(document, button) {
    if (!button.classList.contains("mm-asked")) {
      button.classList.add("mm-asked");
      say(button, "Remove?");
      return;
    }
    button.disabled = true;
    try {
      await this.server.call("remove", { id: document.id });
    } catch (error) {
      this.sending.push({ file: { name: document.name }, share: 1, error: error.message });
    }
    await this.look();
  }

  draw() {
    if (this.panel.showing !== this || !this.view) return;
    const { documents = [], adding = [], unlisted = 0 } = this.library;
    const find = this.find(documents.length);
    this.view.replaceChildren(
      ...[
        this.wrong && el("p", { class: "mm-note", role: "alert" }, this.wrong),
        this.progress(adding),
        find,
        this.list(documents),
        unlisted ? el("p", { class: "mm-hint" }, `and ${unlisted} more`) : null,
      ].filter(Boolean),
    );
  }

  find(many) {
    if (many < 8) return null;
    this.box ??= el("input", {
      type: "search",
      class: "mm-find",
      placeholder: "Find a file by its name",
      "aria-label": "Find a file by its name",
      input: () => {
        this.wanted = this.box.value.toLowerCase();
        this.rows?.replaceWith(this.list(this.library.documents));
      },
    });
    return this.box;
  }

  list(documents) {
    const rows = documents.filter((one) => one.source.toLowerCase().includes(this.wanted)).map((one) => this.row(one));
    const none = documents.length ? "No file of that name." : "Nothing is indexed yet.";
    return (this.rows = rows.length ? el("ul", { class: "mm-documents" }, rows) : el("p", { class: "mm-hint" }, none));
  }

  row(document) {
    const remove = el("button", {
      type: "button",
      class: "mm-remove",
      "aria-label": `Remove ${document.name}`,
      title: "Take it out of the index",
      click: () => this.remove(document, remove),
    }, icon("remove"));
    const folder = document.source === document.name ? "" : document.source;
    return el(
      "li",
      { class: document.failed ? "mm-failed" : "" },
      icon(document.failed ? "warn" : document.modality),
      el("span", { class: "mm-about" }, el("span", { class: "mm-name" }, document.name), el("span", { class: "mm-place" }, document.reason || folder)),
      this.library.write ? remove : null,
    );
  }

  progress(adding) {
    const sending = this.sending.map((row) => fate(row.file.name, row.error ? "failed" : "sending", row.error, row.share));
    const rows = [...sending, ...adding.map((file) => fate(file.name, file.status, file.reason))];
    if (!rows.length) return null;
    const title = sending.length || this.library.busy ? "Being added" : "Added last";
    return el("section", { class: "mm-progress", "aria-label": title }, el("h3", {}, title), el("ul", {}, rows));
  }
}

const FATES = {
  sending: "sending",
  waiting: "waiting",
  running: "being read",
  done: "done",
  indexed: "ready",
  unchanged: "is there already",
  moved: "ready",
  copied: "ready",
  updated: "ready",
  skipped: "left out",
  failed: "failed",
};

function fate(name, status, reason, share) {
  const bad = status === "failed" || status === "skipped";
  const busy = status === "waiting" || status === "running";
  const bar = status === "sending" ? el("progress", { max: 1, value: share, "aria-label": `Sending ${name}` }) : null;
  const said = [FATES[status] ?? status, reason].filter(Boolean).join(": ");
  const words = el("span", { class: busy ? "mm-place mm-working" : "mm-place" }, said);
  return el("li", { class: bad ? "mm-failed" : "" }, el("span", { class: "mm-name" }, name), words, bar);
}

const KINDS = {
  text: "text",
  image: "picture",
  audio: "recording",
  video: "film",
  depth: "depth map",
  thermal: "thermal picture",
  imu: "motion recording",
};

// "19 files: 14 texts, 5 pictures"
export function counted(counts) {
  const several = (count, name) => `${count} ${name}${count === 1 ? "" : "s"}`;
  const kinds = Object.entries(KINDS).filter(([modality]) => counts[modality]);
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${several(all, "file")}: ${kinds.map(([modality, name]) => several(counts[modality], name)).join(", ")}`;
}
