// How the page reaches the server: Gradio's stream of answers and its calls, and uploads of our own.

const AGAIN_MS = 200;
const TRIES = 150;

export class Server {
  // trigger, props, server and watch are what Gradio hands to the script of a component.
  constructor({ trigger, props, server, watch }) {
    this.trigger = trigger;
    this.calls = server;
    this.listeners = new Map();
    watch("value", () => this.heard(props.value));
    this.hearRefusals();
  }

  // News of a turn until it is done; `hear` is called with each.
  ask(question, hear) {
    this.listeners.set(question.turn, hear);
    this.send(question, TRIES);
  }

  // Gradio passes over a question while one that was stopped still ends, and tells nobody.
  send(question, left) {
    if (!this.listeners.has(question.turn)) return;
    if (left === 0) return this.refused("The server cannot be reached. Is it still running?");
    this.sent = false;
    this.trigger("ask", question);
    setTimeout(() => this.sent || this.send(question, left - 1), AGAIN_MS);
  }

  stop(turn) {
    this.listeners.delete(turn);
    this.trigger("stop");
  }

  async call(name, data = {}) {
    let told;
    try {
      told = await this.calls[name](data);
    } catch {
      throw new Error("The server cannot be reached. Is it still running?");
    }
    if (told?.error) throw new Error(told.error);
    return told;
  }

  // Resolves to the id of the upload; `progress` is told the share that is sent, 0..1.
  upload(file, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `page/uploads?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onload = () => {
        if (request.status === 200) resolve(request.response.id);
        else reject(new Error(request.response?.error?.message ?? `refused (${request.status})`));
      };
      request.onerror = () => reject(new Error("The connection broke off."));
      request.send(file);
    });
  }

  heard(news) {
    const hear = this.listeners.get(news?.turn);
    if (!hear) return;
    if (news.state === "done" || news.state === "error") this.listeners.delete(news.turn);
    hear(news);
  }

  // Gradio tells a component nothing when its question was not even taken (busy, signed out, server
  // gone), so we look at the answers to its requests.
  hearRefusals() {
    const plain = window.fetch.bind(window);
    window.fetch = async (...args) => {
      const address = String(args[0]?.url ?? args[0]);
      const asking = address.includes("/gradio_api/queue/");
      if (address.includes("/gradio_api/queue/join")) this.sent = true;
      try {
        const response = await plain(...args);
        if (asking && !response.ok) this.refused(WORDS[response.status] ?? `The server refused (${response.status}).`);
        return response;
      } catch (error) {
        if (asking && error.name !== "AbortError") this.refused("The server cannot be reached. Is it still running?");
        throw error;
      }
    };
  }

  refused(error) {
    for (const [turn, hear] of [...this.listeners]) {
      this.listeners.delete(turn);
      hear({ turn, state: "error", error });
    }
  }
}

const WORDS = {
  401: "You are signed out. Open the page anew to sign in.",
  429: "Too many questions in a short time. Wait a moment and ask again.",
  503: "The server is busy. Wait a moment and ask again.",
};
