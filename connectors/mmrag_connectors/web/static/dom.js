// Elements of the page. Whatever comes from files, models or people becomes a text node: nothing is
// ever parsed as HTML, and addresses lead to our own media only.

const OURS = /^(media\/[0-9a-f-]{36}(\/(preview|thumbnail))?(\?[\w=&.,-]*)?(#t=[\d.,]*)?|blob:[^ ]+)$/;

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (["href", "src", "poster"].includes(name)) element.setAttribute(name, ours(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function ours(address) {
  if (!OURS.test(address)) throw new Error(`not an address of ours: ${address}`);
  return address;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.text);
  svg.append(path);
  return svg;
}

const ICONS = {
  text: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  audio: "M5 10v4M9 7v10M13 4v16M17 8v8M21 11v2",
  video: "M4 6h11v12H4zM15 10l5-3v10l-5-3z",
  depth: "M3 20h18M6 20V9l6-5 6 5v11M10 20v-6h4v6",
  thermal: "M12 3a2 2 0 0 1 2 2v9a4 4 0 1 1-4 0V5a2 2 0 0 1 2-2zM12 9v8",
  imu: "M3 12h3l3-8 4 16 3-8h5",
  check: "M5 13l4 4L19 7",
  warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
  remove: "M6 6l12 12M18 6L6 18",
};

export const MODALITIES = { text: "Text", image: "Pictures", audio: "Recordings", video: "Films" };

export function say(element, words) {
  element.replaceChildren(...(words ? [words] : []));
}
